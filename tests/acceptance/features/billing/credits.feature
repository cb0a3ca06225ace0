Feature: What a credit note does to entries, work orders and balances
  Rules: domain.md, "Invoices" and the fine points "Credit notes", "Who" and "Paid".

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

  Scenario: An entry is locked while any part of it is billed
    When work order "W1" is completed in revision 1 for project "P1"
      | line | kind   | employee | hour type | date       | start | end   |
      | 1    | labour | jan      | WORK      | 2026-03-02 | 08:00 | 12:00 |
      | 2    | labour | mia      | WORK      | 2026-03-02 | 08:00 | 10:00 |
    And all entries of work order "W1" are approved
    And invoice "R1" is issued for project "P1" from the list
    And approval of entry "W1/1" is withdrawn because "typing error"
    Then that is refused as "entry-invoiced"
    When credit note "C1" is issued for invoice "R1" with
      | line | amount |
      | 1    | 239.99 |
    And approval of entry "W1/1" is withdrawn because "typing error"
    Then that is refused as "entry-invoiced"
    When credit note "C2" is issued for invoice "R1" with
      | line | amount |
      | 1    |        |
    Then invoice "C2" comes to net -0.01, VAT 0.00, to pay -0.01
    And unbilled of project "P1" is 240.00
    And work order "W1" shows
      | line | state    | invoice |
      | 1    | approved |         |
      | 2    | invoiced | R1      |
    When approval of entry "W1/1" is withdrawn because "typing error"
    Then unbilled of project "P1" is 0.00
    And timesheet entries are
      | entry | state     | minutes | invoice |
      | W1/1  | submitted | 240     |         |
      | W1/2  | approved  | 120     | R1      |
    When all entries of work order "W1" are approved
    Then unbilled of project "P1" is 240.00

  Scenario: Entries of a grouped line, one by one, to the cent
    Given bill rates
      | for     | of | price |
      | project | P1 | 74.99 |
    And invoicing preferences of customer "ACME"
      | setting  | value        |
      | grouping | per employee |
    When "jan" enters
      | ref | project | kind   | hour type | date       | minutes |
      | a   | P1      | labour | WORK      | 2026-03-02 | 20      |
      | b   | P1      | labour | WORK      | 2026-03-03 | 20      |
      | c   | P1      | labour | WORK      | 2026-03-04 | 20      |
    And all entries of project "P1" are approved
    And invoice "R1" is issued for project "P1" from the list
    And credit note "C1" is issued for invoice "R1" with
      | line | amount | entries |
      | 1    |        | b       |
    Then invoice "C1" comes to net -25.00, VAT -5.25, to pay -30.25
    And unbilled entries of project "P1" are
      | entry | minutes | price |
      | b     | 20      | 74.99 |
    When credit note "C2" is issued for invoice "R1" with
      | line | amount | entries |
      | 1    | 10.00  | a       |
    Then unbilled entries of project "P1" are
      | entry | minutes |
      | b     | 20      |
    When credit note "C3" is issued for invoice "R1"
    Then invoice "C3" comes to net -39.99, VAT -8.40, to pay -48.39
    And invoice "R1" is credited
    And unbilled of project "P1" is 74.99

  Scenario: What an advance paid is credited together with its deduction
    When advance "A1" of 200.00 at 21% is issued for project "P1" by hand
    And work order "W1" is completed in revision 1 for project "P1"
      | line | kind   | employee | hour type | date       | start | end   |
      | 1    | labour | jan      | WORK      | 2026-03-02 | 08:00 | 18:00 |
    And all entries of work order "W1" are approved
    And invoice "R1" is issued for project "P1" from the list
    Then invoice "R1" comes to net 400.00, VAT 84.00, to pay 484.00
    When credit note "C1" is issued for invoice "R1" with
      | line | amount |
      | 1    | 600.00 |
    Then that is refused as "exceeds-remaining"
    When credit note "C1" is issued for invoice "R1" with
      | line | amount |
      | 1    | 600.00 |
      | 2    | 200.00 |
    Then invoice "C1" comes to net -400.00, VAT -84.00, to pay -484.00
    And invoice "C1" has lines
      | kind      | quantity | price  | net     |
      | time      | -10      | 60.00  | -600.00 |
      | deduction | 1        | 200.00 | 200.00  |
    And unbilled of project "P1" is 600.00
    And open advances of project "P1" are 200.00
    And invoice "R1" is credited
    And the e-invoice of "C1" is valid

  Scenario: What was given back is not credited again
    When work order "W1" is completed in revision 1 for project "P1"
      | line | kind   | employee | hour type | date       | start | end   |
      | 1    | labour | jan      | WORK      | 2026-03-02 | 08:00 | 12:00 |
      | 2    | labour | mia      | WORK      | 2026-03-02 | 08:00 | 11:00 |
    And all entries of work order "W1" are approved
    And invoice "R1" is issued for project "P1" from the list
    And work order "W1" is completed in revision 2 for project "P1"
      | line | kind   | employee | hour type | date       | start | end   |
      | 1    | labour | jan      | WORK      | 2026-03-02 | 08:00 | 10:00 |
      | 2    | labour | mia      | WORK      | 2026-03-02 | 08:00 | 11:00 |
    And the correction of entry "W1/1" is accepted
    Then unbilled of project "P1" is -120.00
    When credit note "C1" is issued for what is to be given back on project "P1"
    Then invoice "C1" comes to net -240.00, VAT -50.40, to pay -290.40
    And unbilled of project "P1" is 120.00
    When credit note "C2" is issued for invoice "R1"
    Then invoice "C2" comes to net -180.00, VAT -37.80, to pay -217.80
    And unbilled of project "P1" is 300.00
    And invoice "R1" is credited

  Scenario: Credited and paid
    When work order "W1" is completed in revision 1 for project "P1"
      | line | kind   | employee | hour type | date       | start | end   |
      | 1    | labour | jan      | WORK      | 2026-03-02 | 08:00 | 12:00 |
    And all entries of work order "W1" are approved
    And invoice "R1" is issued for project "P1" from the list
    And credit note "C1" is issued for invoice "R1" with
      | line | amount |
      | 1    | 140.00 |
    And 121.00 is paid on invoice "R1" with reference "BANK-1"
    Then invoice "R1" is paid
    And invoices of project "P1" are
      | type        | origin       | net     | state  |
      | regular     | timetracking | 240.00  | paid   |
      | credit note | credit       | -140.00 | issued |
