Feature: Prices and costs beside the hours

  Background:
    Given employees
      | code | name       |
      | jan  | Jan Jansen |
    And customers
      | code  | name      |
      | ACME  | Acme B.V. |
      | OTHER | Other B.V. |
    And projects
      | code | customer |
      | P1   | ACME     |
      | P2   | ACME     |
      | Q1   | OTHER    |

  Scenario: Kilometres take the price of the list, where the line brings none
    When work order "W1" is completed in revision 1 for project "P1"
      | line | kind     | employee | date       | quantity | price |
      | 1    | distance | jan      | 2026-03-02 | 100      |       |
      | 2    | distance | jan      | 2026-03-02 | 100      | 0.10  |
    And all entries of work order "W1" are approved
    Then entries in suspense are
      | entry | reason  |
      | W1/1  | no-rate |
    And unbilled of project "P1" is 10.00
    Given price list
      | for          | of   | price | from       |
      | customer     | ACME | 0.35  | 2026-01-01 |
      | organisation |      | 0.40  |            |
    Then entries in suspense are
      | entry | reason |
    And unbilled of project "P1" is 45.00
    And the price of entry "W1/1" is 0.35 from the price list
    Given price list
      | for      | of   | price | from       |
      | customer | ACME | 0.50  | 2026-03-01 |
    Then that is refused as "rate-overlaps"

  Scenario: Extra costs of an entry go with it
    Given bill rates
      | for     | of | price |
      | project | P1 | 60.00 |
    When "jan" enters
      | ref | project | kind    | hour type | date       | minutes | quantity | price | extra to |
      | a   | P1      | labour  | WORK      | 2026-03-02 | 60      |          |       |          |
      | x   | P1      | expense |           | 2026-03-02 |         | 1        | 12.50 | a        |
    And entry "a" is approved
    Then unbilled entries of project "P1" are
      | entry | amount |
      | a     | 60.00  |
      | x     | 12.50  |
    And open advances of project "P1" are 0.00
    When approval of entry "a" is withdrawn because "typing error"
    Then unbilled of project "P1" is 0.00
    When entry "a" is approved
    Then unbilled of project "P1" is 72.50
    When invoice "R1" is issued for project "P1" from the list
    Then invoice "R1" has lines
      | kind    | net   |
      | time    | 60.00 |
      | expense | 12.50 |

  Scenario: External costs can be changed until they are invoiced
    Given external costs
      | project | description | amount | vat | date       |
      | P1      | crane       | 100.00 | 21  | 2026-03-05 |
      | P1      | fence       | 30.00  | 21  | 2026-03-05 |
    When external cost "crane" is changed to 120.00
    And external cost "fence" is deleted
    Then unbilled of project "P1" is 120.00
    When invoice "R1" is issued for project "P1" from the list
    Then invoice "R1" has lines
      | kind | description | net    |
      | cost | crane       | 120.00 |
    And unbilled of project "P1" is 0.00
    When external cost "crane" is changed to 130.00
    Then that is refused as "cost-invoiced"
    When external cost "crane" is deleted
    Then that is refused as "cost-invoiced"
    When credit note "C1" is issued for invoice "R1"
    And external cost "crane" is changed to 130.00
    Then unbilled of project "P1" is 130.00

  Scenario: A milestone bills what was planned, less what was paid ahead; credited, it can be billed again
    Given phases
      | project | code | method      | price   |
      | P1      | FX   | fixed price | 1000.00 |
    And milestones
      | phase | name     | percentage | amount | date       |
      | P1/FX | Order    | 30         |        | 2026-03-01 |
      | P1/FX | Delivery |            | 600.00 | 2026-05-01 |
    When advance "A1" of 100.00 at 21% is issued for project "P1" by hand
    And milestone "Order" of phase "P1/FX" is invoiced as "M1"
    Then invoice "M1" has lines
      | kind        | net     |
      | fixed price | 300.00  |
      | deduction   | -100.00 |
    And invoice "M1" comes to net 200.00, VAT 42.00, to pay 242.00
    When milestone "Order" of phase "P1/FX" is invoiced as "M2"
    Then that is refused as "milestone-billed"
    When credit note "C1" is issued for invoice "M1"
    Then open advances of project "P1" are 100.00
    When milestone "Order" of phase "P1/FX" is invoiced as "M2"
    Then invoice "M2" comes to net 200.00, VAT 42.00, to pay 242.00
    When milestone "Delivery" of phase "P1/FX" is invoiced as "M3"
    Then invoice "M3" comes to net 600.00, VAT 126.00, to pay 726.00
    When milestone "Rest" of 10.01% of phase "P1/FX" is invoiced as "M4"
    Then that is refused as "exceeds-remaining"
    And the e-invoice of "M1" is valid

  Scenario: Many projects in one go
    Given bill rates
      | for          | of | price |
      | organisation |    | 60.00 |
    When "jan" enters
      | ref | project | customer | kind   | date       | minutes |
      | a   | P1      |          | labour | 2026-03-02 | 60      |
      | b   | P2      |          | labour | 2026-03-03 | 30      |
      | c   | Q1      |          | labour | 2026-03-04 | 90      |
      | d   |         | ACME     | labour | 2026-03-05 | 15      |
    And all entries of project "P1" are approved
    And all entries of project "P2" are approved
    And all entries of project "Q1" are approved
    And all entries of customer "ACME" are approved
    Then unbilled of customer "ACME" is 15.00
    When invoice "R1" is drafted for project "P2" from the list
    And everything proposed is issued in one go, one invoice per customer
    Then the results are
      | customer | project | net   | refused |
      | ACME     |         | 75.00 |         |
      | OTHER    | Q1      | 90.00 |         |
    And unbilled of project "P1" is 0.00
    And unbilled of customer "ACME" is 0.00
    And unbilled of project "P2" is 30.00
