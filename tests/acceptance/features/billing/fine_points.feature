Feature: Fine points of billing
  Rules: domain.md, "Billing" and "Fine points".

  Background:
    Given employees
      | code | name        |
      | jan  | Jan Jansen  |
      | mia  | Mia Peeters |
    And customers
      | code | name     |
      | ACME | Acme B.V. |
    And projects
      | code | customer |
      | P1   | ACME     |
    And bill rates
      | for     | of | price |
      | project | P1 | 60.00 |

  Scenario: An hour with dearer pieces makes a line for each price
    Given surcharge rules
      | name    | days    | from  | until | surcharge |
      | evening | Mon-Fri | 18:00 | 22:00 | 25        |
    When work order "W1" is completed in revision 1 for project "P1"
      | line | kind   | employee | hour type | date       | start | end   |
      | 1    | labour | jan      | WORK      | 2026-03-03 | 17:00 | 19:30 |
      | 2    | labour | mia      | WORK      | 2026-03-03 | 18:00 | 20:00 |
    And all entries of work order "W1" are approved
    Then unbilled of project "P1" is 322.50
    Given invoicing preferences of project "P1"
      | setting  | value   |
      | grouping | per day |
    When invoice "R1" is issued for project "P1" from the list
    Then invoice "R1" has lines
      | kind | quantity | unit | price | net    |
      | time | 1        | hour | 60.00 | 60.00  |
      | time | 3.5      | hour | 75.00 | 262.50 |
    And the e-invoice of "R1" is valid

  Scenario: Lines stand by phase, day, clock and entry, what has no phase first
    Given phases
      | project | code | method             |
      | P1      | F1   | time and materials |
      | P1      | F2   | time and materials |
    When "jan" enters
      | ref | project | phase | kind     | hour type | date       | start | end   | minutes | quantity | price |
      | e   | P1      | F2    | labour   | WORK      | 2026-03-02 | 08:00 | 09:00 |         |          |       |
      | d   | P1      | F1    | labour   | WORK      | 2026-03-03 |       |       | 30      |          |       |
      | c   | P1      | F1    | labour   | WORK      | 2026-03-03 | 14:00 | 16:00 |         |          |       |
      | b   | P1      | F1    | distance |           | 2026-03-02 |       |       |         | 10       | 0.40  |
      | a   | P1      |       | labour   | WORK      | 2026-03-09 | 08:00 | 11:00 |         |          |       |
    And all entries of project "P1" are approved
    And invoice "R1" is issued for project "P1" based on phases
    Then invoice "R1" has lines
      | kind     | quantity | net    |
      | time     | 3        | 180.00 |
      | distance | 10       | 4.00   |
      | time     | 2        | 120.00 |
      | time     | 0.5      | 30.00  |
      | time     | 1        | 60.00  |

  Scenario: Only these phases
    Given phases
      | project | code | method             |
      | P1      | F1   | time and materials |
      | P1      | F2   | time and materials |
    When "jan" enters
      | ref | project | phase | kind   | hour type | date       | minutes |
      | a   | P1      |       | labour | WORK      | 2026-03-02 | 60      |
      | b   | P1      | F1    | labour | WORK      | 2026-03-03 | 60      |
      | c   | P1      | F2    | labour | WORK      | 2026-04-03 | 60      |
    And all entries of project "P1" are approved
    And invoice "R1" is issued for project "P1" based on phases "F1, F2" up to 2026-03-31
    Then invoice "R1" comes to net 60.00, VAT 12.60, to pay 72.60
    And unbilled of project "P1" is 120.00
    When invoice "R2" is issued for project "P1" based on phases "F1"
    Then that is refused as "nothing-to-invoice"

  Scenario: An advance that is larger stays open for what is left
    When advance "A1" of 700.00 at 21% is issued for project "P1" by hand
    And "jan" enters
      | ref | project | kind   | hour type | date       | minutes |
      | a   | P1      | labour | WORK      | 2026-03-02 | 600     |
    And all entries of project "P1" are approved
    And invoice "R1" is issued for project "P1" based on phases
    Then invoice "R1" comes to net 0.00, VAT 0.00, to pay 0.00
    And invoice "R1" is paid
    And open advances of project "P1" are 100.00
    And the e-invoice of "R1" is valid

  Scenario: An advance at a rate that no line has is not deducted
    When advance "A1" of 50.00 at 9% is issued for project "P1" by hand
    And "jan" enters
      | ref | project | kind   | hour type | date       | minutes |
      | a   | P1      | labour | WORK      | 2026-03-02 | 60      |
    And all entries of project "P1" are approved
    And invoice "R1" is issued for project "P1" from the list
    Then invoice "R1" comes to net 60.00, VAT 12.60, to pay 72.60
    And open advances of project "P1" are 50.00

  Scenario: An advance takes the customer's VAT treatment
    Given customers
      | code | name | country | vat treatment  |
      | ACME | Acme | BE      | reverse charge |
    When advance "A1" of 100.00 at 21% is issued for project "P1" by hand
    Then invoice "A1" comes to net 100.00, VAT 0.00, to pay 100.00
    And invoice "A1" is of type advance
    And the e-invoice of "A1" is valid

  Scenario: Two deductions of one advance, then its credit
    When advance "A1" of 100.00 at 21% is issued for project "P1" by hand
    And "jan" enters
      | ref | project | kind   | hour type | date       | minutes |
      | a   | P1      | labour | WORK      | 2026-03-02 | 60      |
    And all entries of project "P1" are approved
    And invoice "R1" is issued for project "P1" based on phases
    And "jan" enters
      | ref | project | kind   | hour type | date       | minutes |
      | b   | P1      | labour | WORK      | 2026-03-03 | 60      |
    And all entries of project "P1" are approved
    Then open advances of project "P1" are 40.00
    When invoice "R2" is issued for project "P1" based on phases
    Then invoice "R2" comes to net 20.00, VAT 4.20, to pay 24.20
    And open advances of project "P1" are 0.00
    When credit note "C1" is issued for invoice "R1"
    Then invoice "C1" comes to net 0.00, VAT 0.00, to pay 0.00
    And open advances of project "P1" are 60.00
    And unbilled of project "P1" is 60.00
    When credit note "C2" is issued for invoice "A1" with
      | line | amount |
      | 1    | 60.00  |
    Then open advances of project "P1" are 0.00
    And invoice "C2" comes to net -60.00, VAT -12.60, to pay -72.60
    And the e-invoice of "C2" is valid

  Scenario: Credits of an invoice add up, in VAT too
    Given external costs
      | project | description | amount | vat | date       |
      | P1      | part        | 0.10   | 21  | 2026-03-05 |
    When invoice "R1" is issued for project "P1" from the list
    Then invoice "R1" comes to net 0.10, VAT 0.02, to pay 0.12
    When credit note "C1" is issued for invoice "R1" with
      | line | amount |
      | 1    | 0.03   |
    And credit note "C2" is issued for invoice "R1" with
      | line | amount |
      | 1    | 0.03   |
    And credit note "C3" is issued for invoice "R1"
    Then invoice "C1" comes to net -0.03, VAT -0.01, to pay -0.04
    And invoice "C2" comes to net -0.03, VAT 0.00, to pay -0.03
    And invoice "C3" comes to net -0.04, VAT -0.01, to pay -0.05
    And invoice "R1" is credited

  Scenario: Entries of a grouped line are credited, and only they come back
    Given invoicing preferences of project "P1"
      | setting  | value    |
      | grouping | per day  |
    When work order "W1" is completed in revision 1 for project "P1"
      | line | kind   | employee | hour type | date       | start | end   |
      | 1    | labour | jan      | WORK      | 2026-03-02 | 08:00 | 12:00 |
      | 2    | labour | mia      | WORK      | 2026-03-02 | 08:00 | 10:00 |
    And all entries of work order "W1" are approved
    And invoice "R1" is issued for project "P1" from the list
    Then invoice "R1" has lines
      | kind | quantity | price | net    |
      | time | 6        | 60.00 | 360.00 |
    When credit note "C1" is issued for invoice "R1" with
      | line | amount | entries |
      | 1    |        | W1/2    |
    Then invoice "C1" comes to net -120.00, VAT -25.20, to pay -145.20
    And unbilled entries of project "P1" are
      | entry | minutes | amount |
      | W1/2  | 120     | 120.00 |
    And work order "W1" shows
      | line | state    | invoice |
      | 1    | invoiced | R1      |
      | 2    | approved |         |
    When approval of entry "W1/2" is withdrawn because "typing error"
    Then unbilled of project "P1" is 0.00
    When approval of entry "W1/1" is withdrawn because "typing error"
    Then that is refused as "entry-invoiced"

  Scenario: A smaller amount brings nothing back
    When "jan" enters
      | ref | project | kind   | hour type | date       | minutes |
      | a   | P1      | labour | WORK      | 2026-03-02 | 60      |
    And all entries of project "P1" are approved
    And invoice "R1" is issued for project "P1" from the list
    And credit note "C1" is issued for invoice "R1" with
      | line | amount |
      | 1    | 59.99  |
    Then unbilled of project "P1" stays 0.00
    When approval of entry "a" is withdrawn because "typing error"
    Then that is refused as "entry-invoiced"
    When credit note "C2" is issued for invoice "R1" with
      | line | amount |
      | 1    | 0.01   |
    Then unbilled of project "P1" is 60.00
    And invoice "R1" is credited

  Scenario: What is paid after a credit
    When "jan" enters
      | ref | project | kind   | hour type | date       | minutes |
      | a   | P1      | labour | WORK      | 2026-03-02 | 60      |
      | b   | P1      | labour | WORK      | 2026-03-03 | 60      |
    And all entries of project "P1" are approved
    And invoice "R1" is issued for project "P1" from the list
    And credit note "C1" is issued for invoice "R1" with
      | line | amount |
      | 2    |        |
    And 72.60 is paid on invoice "R1" with reference "BANK-1"
    Then invoice "R1" is paid

  Scenario: A part of a deal, then the rest of it
    Given deal "D1" of project "P1" for 1000.00 at 21%
    When 300.00 of deal "D1" is invoiced as "A1"
    And 50% of deal "D1" is invoiced as "A2"
    Then invoice "A2" comes to net 500.00, VAT 105.00, to pay 605.00
    When 200.01 of deal "D1" is invoiced as "A3"
    Then that is refused as "exceeds-remaining"
    When credit note "C1" is issued for invoice "A1"
    And 500.00 of deal "D1" is invoiced as "A4"
    Then open advances of project "P1" are 1000.00

  Scenario: A subscription keeps its day
    Given subscription "S1" of project "P1" of 100.00 at 21% per month from 2026-01-31
    When subscriptions are run for 2026-02-27
    Then open advances of project "P1" are 100.00
    When subscriptions are run for 2026-02-28
    Then open advances of project "P1" are 200.00
    When subscriptions are run for 2026-03-30
    Then open advances of project "P1" are 200.00
    When subscriptions are run for 2026-03-31
    Then open advances of project "P1" are 300.00

  Scenario: Milestones deduct advances and come back when credited
    Given phases
      | project | code | method      | price   |
      | P1      | FX   | fixed price | 1000.00 |
    When advance "A1" of 100.00 at 21% is issued for project "P1" by hand
    And milestone "Order" of 40% of phase "P1/FX" is invoiced as "M1"
    Then invoice "M1" has lines
      | kind        | quantity | price  | net     |
      | fixed price | 1        | 400.00 | 400.00  |
      | deduction   | -1       | 100.00 | -100.00 |
    And the e-invoice of "M1" is valid
    When credit note "C1" is issued for invoice "M1"
    Then open advances of project "P1" are 100.00
    When milestone "All" of 100% of phase "P1/FX" is invoiced as "M2"
    Then invoice "M2" comes to net 900.00, VAT 189.00, to pay 1089.00

  Scenario: Repricing leaves what is billed alone
    When "jan" enters
      | ref | project | kind   | hour type | date       | minutes |
      | a   | P1      | labour | WORK      | 2026-03-02 | 60      |
    And all entries of project "P1" are approved
    And invoice "R1" is issued for project "P1" from the list
    And "jan" enters
      | ref | project | kind   | hour type | date       | minutes |
      | b   | P1      | labour | WORK      | 2026-03-03 | 60      |
      | c   | P1      | labour | WORK      | 2026-02-27 | 60      |
    And all entries of project "P1" are approved
    Then unbilled of project "P1" is 120.00
    Given bill rates
      | for     | of | price |
      | project | P1 | 80.00 |
    When unbilled time of project "P1" is re-priced from 2026-03-01
    Then unbilled entries of project "P1" are
      | entry | price | amount |
      | b     | 80.00 | 80.00  |
      | c     | 60.00 | 60.00  |
    And invoice "R1" comes to net 60.00, VAT 12.60, to pay 72.60

  Scenario: In Belgium
    Given the organisation has
      | setting   | value           |
      | country   | BE              |
      | time zone | Europe/Brussels |
    And customers
      | code | name     | country |
      | ACME | Acme N.V. | BE      |
    When "jan" enters
      | ref | project | kind   | hour type | date       | minutes |
      | a   | P1      | labour | WORK      | 2026-03-02 | 90      |
    And all entries of project "P1" are approved
    And invoice "R1" is issued for project "P1" from the list
    Then invoice "R1" comes to net 90.00, VAT 18.90, to pay 108.90
    And the e-invoice of "R1" is valid

  Scenario: The customer's language
    Given invoicing preferences of customer "ACME"
      | setting  | value |
      | language | en    |
    And external costs
      | project | description | amount  | vat | date       |
      | P1      | crane hire  | 1234.50 | 21  | 2026-03-05 |
    When invoice "R1" is issued for project "P1" from the list
    Then the PDF of "R1" shows "1,493.75"
    And the PDF of "R1" shows "crane hire"
