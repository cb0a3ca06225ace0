Feature: Deals and subscriptions
  Rules: domain.md, "Milestones and percentages", "Subscriptions", "Advances".

  Background:
    Given employees
      | code | name       |
      | jan  | Jan Jansen |
    And customers
      | code | name     |
      | ACME | Acme B.V. |
    And projects
      | code | customer |
      | P1   | ACME     |

  Scenario: What was credited of a deal can be billed again
    Given deal "D1" of project "P1" for 1000.00 at 21%
    When 60% of deal "D1" is invoiced as "A1"
    And 400.00 of deal "D1" is invoiced as "A2"
    And 0.01 of deal "D1" is invoiced as "A3"
    Then that is refused as "exceeds-remaining"
    When credit note "C1" is issued for invoice "A1"
    And 100% of deal "D1" is invoiced as "A4"
    Then that is refused as "exceeds-remaining"
    When 60% of deal "D1" is invoiced as "A5"
    Then open advances of project "P1" are 1000.00
    And invoice "A5" comes to net 600.00, VAT 126.00, to pay 726.00

  Scenario: Subscriptions of many kinds
    Given subscription "S1" of project "P1" of 10.00 at 9% per quarter from 2025-11-30
    And subscription "S2" of customer "ACME" of 20.00 at 21% per 2 weeks from 2026-01-01
    When subscriptions are run for 2026-02-28
    Then open advances of project "P1" are 20.00
    And open advances of customer "ACME" are 0.00
    And unbilled of customer "ACME" is 0.00
    And invoices of customer "ACME" are
      | type    | origin       | net   | state  |
      | regular | subscription | 20.00 | issued |
      | regular | subscription | 20.00 | issued |
      | regular | subscription | 20.00 | issued |
      | regular | subscription | 20.00 | issued |
      | regular | subscription | 20.00 | issued |

  Scenario: Reverse charge whatever rate was asked
    Given customers
      | code | name     | country | vat treatment  |
      | ACME | Acme N.V. | BE     | reverse charge |
    And deal "D1" of project "P1" for 1000.00 at 21%
    When 12.5% of deal "D1" is invoiced as "A1"
    Then invoice "A1" comes to net 125.00, VAT 0.00, to pay 125.00
    And the e-invoice of "A1" is valid

  Scenario: A deal that is made smaller than what was billed
    Given deal "D1" of project "P1" for 1000.00 at 21%
    When 60% of deal "D1" is invoiced as "A1"
    Given deal "D1" of project "P1" for 500.00 at 21%
    Then that is refused as "exceeds-remaining"
