Feature: Fine points of the timesheet
  Rules: domain.md, "Timesheets" and "Fine points".

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
      | P2   | ACME     |
    And bill rates
      | for          | of | price |
      | organisation |    | 60.00 |

  Scenario: A night belongs to the day on which it began
    Given surcharge rules
      | name  | days    | from  | until | surcharge |
      | night | Mon-Fri | 22:00 | 06:00 | 50        |
    When work order "W1" is completed in revision 1 for project "P1"
      | line | kind   | employee | hour type | date       | start | end   |
      | 1    | labour | jan      | WORK      | 2026-03-07 | 04:00 | 07:00 |
      | 2    | labour | jan      | WORK      | 2026-03-09 | 04:00 | 07:00 |
    Then the pieces of entry "W1/1" are
      | from  | until | minutes | surcharge |
      | 04:00 | 06:00 | 120     | 50        |
      | 06:00 | 07:00 | 60      | 0         |
    And the pieces of entry "W1/2" are
      | from  | until | minutes | surcharge |
      | 04:00 | 07:00 | 180     | 0         |

  Scenario: The hour type's own surcharge competes with the rules
    Given hour types
      | code   | kind   | billable | surcharge |
      | URGENT | labour | yes      | 40        |
    And surcharge rules
      | name    | days    | from  | until | surcharge |
      | evening | Mon-Sun | 18:00 | 22:00 | 25        |
      | night   | Mon-Sun | 22:00 | 06:00 | 50        |
    When work order "W1" is completed in revision 1 for project "P1"
      | line | kind   | employee | hour type | date       | start | end   |
      | 1    | labour | jan      | URGENT    | 2026-03-03 | 17:00 | 23:00 |
      | 2    | travel | jan      | TRAVEL    | 2026-03-03 | 23:00 | 23:30 |
    Then the pieces of entry "W1/1" are
      | from  | until | minutes | surcharge |
      | 17:00 | 22:00 | 300     | 40        |
      | 22:00 | 23:00 | 60      | 50        |
    And the pieces of entry "W1/2" are
      | from  | until | minutes | surcharge |
      | 23:00 | 23:30 | 30      | 0         |

  Scenario: Without a clock only what holds all day counts
    Given surcharge rules
      | name     | days    | from  | until | surcharge |
      | evening  | Mon-Sun | 18:00 | 24:00 | 25        |
      | Saturday | Sat     | 00:00 | 24:00 | 60        |
    When "jan" enters
      | ref | project | kind   | hour type | date       | minutes |
      | h1  | P1      | labour | WORK      | 2026-03-06 | 60      |
      | h2  | P1      | labour | WORK      | 2026-03-07 | 60      |
    Then the pieces of entry "h1" are
      | minutes | surcharge |
      | 60      | 0         |
    And the pieces of entry "h2" are
      | minutes | surcharge |
      | 60      | 60        |

  Scenario: A piece that the break eats is not kept
    Given surcharge rules
      | name    | days    | from  | until | surcharge |
      | evening | Mon-Fri | 18:00 | 22:00 | 25        |
    When work order "W1" is completed in revision 1 for project "P1"
      | line | kind   | employee | hour type | date       | start | end   | break |
      | 1    | labour | jan      | WORK      | 2026-03-03 | 17:30 | 20:00 | 30    |
      | 2    | labour | mia      | WORK      | 2026-03-03 | 17:30 | 20:00 | 45    |
    Then the pieces of entry "W1/1" are
      | from  | until | minutes | surcharge |
      | 18:00 | 20:00 | 120     | 25        |
    And the pieces of entry "W1/2" are
      | minutes | surcharge |
      | 105     | 25        |

  Scenario: Of two pieces with the same surcharge the earlier loses the break first
    Given surcharge rules
      | name  | days    | from  | until | surcharge |
      | noon  | Mon-Fri | 12:00 | 13:00 | 25        |
    When work order "W1" is completed in revision 1 for project "P1"
      | line | kind   | employee | hour type | date       | start | end   | break |
      | 1    | labour | jan      | WORK      | 2026-03-03 | 11:00 | 15:00 | 90    |
    Then the pieces of entry "W1/1" are
      | minutes | surcharge |
      | 60      | 25        |
      | 90      | 0         |

  Scenario: Overtime of a week
    Given hour types
      | code     | kind   | billable | surcharge |
      | OVERTIME | labour | yes      | 50        |
    And the organisation has
      | setting            | value    |
      | overtime           | per week |
      | overtime hour type | OVERTIME |
    When work order "W1" is completed in revision 1 for project "P1"
      | line | kind   | employee | hour type | date       | start | end   |
      | 1    | labour | jan      | WORK      | 2026-03-02 | 08:00 | 18:00 |
      | 2    | labour | jan      | WORK      | 2026-03-03 | 08:00 | 18:00 |
      | 3    | labour | jan      | WORK      | 2026-03-04 | 08:00 | 18:00 |
      | 4    | labour | jan      | WORK      | 2026-03-05 | 08:00 | 17:00 |
      | 5    | labour | jan      | WORK      | 2026-03-06 | 08:00 | 10:00 |
    Then the pieces of entry "W1/4" are
      | from  | until | minutes | hour type | surcharge |
      | 08:00 | 17:00 | 540     | WORK      | 0         |
    And the pieces of entry "W1/5" are
      | from  | until | minutes | hour type | surcharge |
      | 08:00 | 09:00 | 60      | WORK      | 0         |
      | 09:00 | 10:00 | 60      | OVERTIME  | 50        |
    When all entries of work order "W1" are approved
    Then unbilled of project "P1" is 2490.00

  Scenario: A public holiday has no working hours, so all of it is overtime
    Given hour types
      | code     | kind   | billable | surcharge |
      | OVERTIME | labour | yes      | 50        |
    And the organisation has
      | setting            | value    |
      | overtime           | per day  |
      | overtime hour type | OVERTIME |
    When work order "W1" is completed in revision 1 for project "P1"
      | line | kind   | employee | hour type | date       | start | end   |
      | 1    | labour | jan      | WORK      | 2026-04-27 | 09:00 | 10:00 |
      | 2    | labour | jan      | WORK      | 2026-04-28 | 09:00 | 10:00 |
    Then the pieces of entry "W1/1" are
      | from  | until | minutes | hour type | surcharge |
      | 09:00 | 10:00 | 60      | OVERTIME  | 50        |
    And the pieces of entry "W1/2" are
      | from  | until | minutes | hour type | surcharge |
      | 09:00 | 10:00 | 60      | WORK      | 0         |

  Scenario: Working hours of one's own
    Given hour types
      | code     | kind   | billable | surcharge |
      | OVERTIME | labour | yes      | 50        |
    And the organisation has
      | setting            | value    |
      | overtime           | per day  |
      | overtime hour type | OVERTIME |
    And working hours of "mia"
      | day | from  | until | break |
      | Tue | 09:00 | 13:00 | 0     |
    When work order "W1" is completed in revision 1 for project "P1"
      | line | kind   | employee | hour type | date       | start | end   |
      | 1    | labour | mia      | WORK      | 2026-03-03 | 08:00 | 13:00 |
      | 2    | labour | mia      | WORK      | 2026-03-04 | 08:00 | 09:00 |
    Then the pieces of entry "W1/1" are
      | from  | until | minutes | hour type | surcharge |
      | 08:00 | 12:00 | 240     | WORK      | 0         |
      | 12:00 | 13:00 | 60      | OVERTIME  | 50        |
    And the pieces of entry "W1/2" are
      | from  | until | minutes | hour type | surcharge |
      | 08:00 | 09:00 | 60      | OVERTIME  | 50        |

  Scenario: An end at the start is the next day
    When work order "W1" is completed in revision 1 for project "P1"
      | line | kind   | employee | hour type | date       | start | end   |
      | 1    | labour | jan      | WORK      | 2026-03-03 | 22:00 | 22:00 |
    Then timesheet entries are
      | entry | state     | minutes | date       |
      | W1/1  | submitted | 1440    | 2026-03-03 |

  Scenario: A line left as it was keeps its state, one left out is taken back
    When work order "W1" is completed in revision 1 for project "P1"
      | line | kind   | employee | hour type | date       | start | end   |
      | 1    | labour | jan      | WORK      | 2026-03-02 | 08:00 | 09:00 |
      | 2    | labour | mia      | WORK      | 2026-03-02 | 08:00 | 09:00 |
      | 3    | labour | mia      | WORK      | 2026-03-02 | 09:00 | 10:00 |
    And entry "W1/2" is rejected because "not there"
    And work order "W1" is completed in revision 2 for project "P1"
      | line | kind   | employee | hour type | date       | start | end   |
      | 1    | labour | jan      | WORK      | 2026-03-02 | 08:00 | 10:00 |
      | 2    | labour | mia      | WORK      | 2026-03-02 | 08:00 | 09:00 |
    Then timesheet entries are
      | entry | state     | minutes | reason                 |
      | W1/1  | submitted | 120     |                        |
      | W1/2  | rejected  | 60      | not there              |
      | W1/3  | cancelled | 60      | left out in revision 2 |
    When work order "W1" is completed in revision 3 for project "P1"
      | line | kind   | employee | hour type | date       | start | end   |
      | 1    | labour | jan      | WORK      | 2026-03-02 | 08:00 | 10:00 |
      | 2    | labour | mia      | WORK      | 2026-03-02 | 08:00 | 09:00 |
      | 3    | labour | mia      | WORK      | 2026-03-02 | 09:00 | 10:00 |
    And all entries of work order "W1" are approved
    Then unbilled of project "P1" is 180.00

  Scenario: What was dismissed is asked again only for other content
    When work order "W1" is completed in revision 1 for project "P1"
      | line | kind   | employee | hour type | date       | start | end   |
      | 1    | labour | jan      | WORK      | 2026-03-02 | 08:00 | 12:00 |
    And entry "W1/1" is approved
    And work order "W1" is completed in revision 2 for project "P1"
      | line | kind   | employee | hour type | date       | start | end   |
      | 1    | labour | jan      | WORK      | 2026-03-02 | 08:00 | 11:00 |
    And the correction of entry "W1/1" is dismissed
    And work order "W1" is completed in revision 3 for project "P1"
      | line | kind   | employee | hour type | date       | start | end   |
      | 1    | labour | jan      | WORK      | 2026-03-02 | 08:00 | 11:00 |
    Then open corrections are
      | entry | minutes before | minutes after |
    When work order "W1" is completed in revision 4 for project "P1"
      | line | kind   | employee | hour type | date       | start | end   |
      | 1    | labour | jan      | WORK      | 2026-03-02 | 08:00 | 10:00 |
    Then open corrections are
      | entry | minutes before | minutes after |
      | W1/1  | 240            | 120           |
    When work order "W1" is completed in revision 5 for project "P1"
      | line | kind   | employee | hour type | date       | start | end   |
      | 1    | labour | jan      | WORK      | 2026-03-02 | 08:00 | 12:00 |
    Then open corrections are
      | entry | minutes before | minutes after |
    And unbilled of project "P1" stays 240.00

  Scenario: A correction on the same day keeps the price, another day takes a new one
    When work order "W1" is completed in revision 1 for project "P1"
      | line | kind   | employee | hour type | date       | start | end   |
      | 1    | labour | jan      | WORK      | 2026-03-02 | 08:00 | 12:00 |
      | 2    | labour | jan      | WORK      | 2026-03-02 | 13:00 | 15:00 |
    And all entries of work order "W1" are approved
    Then unbilled of project "P1" is 360.00
    Given bill rates
      | for          | of | price |
      | organisation |    | 70.00 |
    When work order "W1" is completed in revision 2 for project "P1"
      | line | kind   | employee | hour type | date       | start | end   |
      | 1    | labour | jan      | WORK      | 2026-03-02 | 08:00 | 11:00 |
      | 2    | labour | jan      | WORK      | 2026-03-03 | 13:00 | 15:00 |
    And the correction of entry "W1/1" is accepted
    Then unbilled of project "P1" is 300.00
    When the correction of entry "W1/2" is accepted
    Then unbilled of project "P1" is 320.00

  Scenario: In a closed period one approves and rejects, and nothing else
    When work order "W1" is completed in revision 1 for project "P1"
      | line | kind   | employee | hour type | date       | start | end   |
      | 1    | labour | jan      | WORK      | 2026-03-02 | 08:00 | 12:00 |
      | 2    | labour | jan      | WORK      | 2026-03-02 | 13:00 | 15:00 |
      | 3    | labour | mia      | WORK      | 2026-03-02 | 13:00 | 15:00 |
    And entry "W1/1" is approved
    And work order "W1" is completed in revision 2 for project "P1"
      | line | kind   | employee | hour type | date       | start | end   |
      | 1    | labour | jan      | WORK      | 2026-03-02 | 08:00 | 11:00 |
      | 2    | labour | jan      | WORK      | 2026-03-02 | 13:00 | 15:00 |
      | 3    | labour | mia      | WORK      | 2026-03-02 | 13:00 | 15:00 |
    And the period from 2026-03-01 to 2026-03-31 is closed
    And entry "W1/2" is approved
    And entry "W1/3" is rejected because "not there"
    And approval of entry "W1/2" is withdrawn because "typing error"
    Then that is refused as "period-closed"
    When the correction of entry "W1/1" is accepted
    Then that is refused as "period-closed"
    And unbilled of project "P1" is 360.00
    When the period from 2026-03-01 to 2026-03-31 is opened
    And the correction of entry "W1/1" is accepted
    Then unbilled of project "P1" is 300.00

  Scenario: A change that reaches into a closed period waits
    When work order "W1" is completed in revision 1 for project "P1"
      | line | kind   | employee | hour type | date       | start | end   |
      | 1    | labour | jan      | WORK      | 2026-03-02 | 08:00 | 12:00 |
      | 2    | labour | jan      | WORK      | 2026-04-01 | 13:00 | 15:00 |
    And entry "W1/1" is approved
    And the period from 2026-03-01 to 2026-03-31 is closed
    And work order "W1" is completed in revision 2 for project "P1"
      | line | kind   | employee | hour type | date       | start | end   |
      | 1    | labour | jan      | WORK      | 2026-04-02 | 08:00 | 12:00 |
      | 2    | labour | jan      | WORK      | 2026-03-31 | 13:00 | 15:00 |
    Then open corrections are
      | entry | minutes before | minutes after |
    And timesheet entries are
      | entry | state     | minutes | date       |
      | W1/1  | approved  | 240     | 2026-03-02 |
      | W1/2  | submitted | 120     | 2026-04-01 |
    When the period from 2026-03-01 to 2026-03-31 is opened
    Then open corrections are
      | entry | minutes before | minutes after |
      | W1/1  | 240            | 240           |
    And timesheet entries are
      | entry | state     | minutes | date       |
      | W1/1  | approved  | 240     | 2026-03-02 |
      | W1/2  | submitted | 120     | 2026-03-31 |

  Scenario: Own hours where the organisation allows it, and everything by itself
    Given the organisation has
      | setting      | value |
      | own approval | yes   |
    When "jan" enters
      | ref | project | kind   | hour type | date       | minutes |
      | h1  | P1      | labour | WORK      | 2026-03-02 | 60      |
    And entry "h1" is approved by "jan"
    Then unbilled of project "P1" is 60.00
    Given the organisation has
      | setting            | value |
      | automatic approval | all   |
    When "jan" enters
      | ref | project | kind   | hour type | date       | minutes |
      | h2  | P1      | labour | WORK      | 2026-03-03 | 60      |
    Then unbilled of project "P1" is 120.00

  Scenario: An extra cost goes with its entry
    When "jan" enters
      | ref | project | kind     | hour type | date       | minutes | quantity | price | extra to |
      | h1  | P1      | labour   | WORK      | 2026-03-02 | 60      |          |       |          |
      | x1  | P1      | material |           | 2026-03-02 |         | 2        | 10.00 | h1       |
    And entry "h1" is approved
    Then unbilled of project "P1" is 80.00
    When approval of entry "h1" is withdrawn because "typing error"
    Then unbilled of project "P1" is 0.00

  Scenario: The export has a row for each piece, of the latest version
    Given surcharge rules
      | name    | days    | from  | until | surcharge |
      | evening | Mon-Fri | 18:00 | 22:00 | 25        |
    When work order "W1" is completed in revision 1 for project "P1"
      | line | kind   | employee | hour type | date       | start | end   |
      | 1    | labour | jan      | WORK      | 2026-03-03 | 17:00 | 20:00 |
    And entry "W1/1" is approved
    And work order "W1" is completed in revision 2 for project "P1"
      | line | kind   | employee | hour type | date       | start | end   |
      | 1    | labour | jan      | WORK      | 2026-03-03 | 17:00 | 19:30 |
    And the correction of entry "W1/1" is accepted
    And entries are exported from 2026-03-01 to 2026-03-31 as CSV
    Then the export has rows
      | employee | date       | hour type | minutes | surcharge |
      | jan      | 2026-03-03 | WORK      | 60      | 0         |
      | jan      | 2026-03-03 | WORK      | 90      | 25        |

  Scenario: Reports by customer, hour type and work order, with what was billed
    Given employees
      | code | name       | cost rate |
      | jan  | Jan Jansen | 30.00     |
    When work order "W1" is completed in revision 1 for project "P1"
      | line | kind   | employee | hour type | date       | start | end   |
      | 1    | labour | jan      | WORK      | 2026-03-02 | 08:00 | 10:00 |
      | 2    | travel | jan      | TRAVEL    | 2026-03-02 | 07:00 | 08:00 |
    And all entries of work order "W1" are approved
    And invoice "R1" is issued for project "P1" from the list
    Then the report by hour type is
      | hour type | minutes | cost  | value  |
      | WORK      | 120     | 60.00 | 120.00 |
      | TRAVEL    | 60      | 30.00 | 60.00  |
    And the report by work order is
      | work order | minutes | cost  | value  |
      | W1         | 180     | 90.00 | 180.00 |
    And the report by customer is
      | customer | minutes | value  |
      | ACME     | 180     | 180.00 |

  Scenario: Where work waits for its account
    When work order "W1" is completed in revision 1 for project "P1" phase "FX"
      | line | kind   | employee | hour type | date       | start | end   |
      | 1    | labour | jan      | WORK      | 2026-03-02 | 08:00 | 10:00 |
    And work order "W2" is completed in revision 1 for customer "NOBODY"
      | line | kind   | employee | hour type | date       | start | end   |
      | 1    | labour | mia      | WORK      | 2026-03-02 | 08:00 | 10:00 |
    And all entries of work order "W1" are approved
    And all entries of work order "W2" are approved
    Then entries in suspense are
      | entry | reason           |
      | W1/1  | unknown-phase    |
      | W2/1  | unknown-customer |
    Given phases
      | project | code | method             |
      | P1      | FX   | time and materials |
    And customers
      | code   | name   |
      | NOBODY | Nobody |
    Then entries in suspense are
      | entry | reason |
    And unbilled of project "P1" is 120.00
    And unbilled of customer "NOBODY" is 120.00

  Scenario: What has changed since is not issued
    When work order "W1" is completed in revision 1 for project "P1"
      | line | kind   | employee | hour type | date       | start | end   |
      | 1    | labour | jan      | WORK      | 2026-03-02 | 08:00 | 10:00 |
      | 2    | labour | jan      | WORK      | 2026-03-02 | 10:00 | 12:00 |
    And all entries of work order "W1" are approved
    And invoice "R1" is drafted for project "P1" from the list
    And approval of entry "W1/1" is withdrawn because "typing error"
    Then unbilled of project "P1" is 120.00
    When draft "R1" is issued
    Then that is refused as "draft-outdated"

  Scenario: Hours that nobody pays
    Given hour types
      | code    | kind   | billable |
      | STANDBY | labour | no       |
    When "jan" enters
      | ref | project | kind   | hour type | date       | minutes |
      | h1  | P1      | labour | STANDBY   | 2026-03-02 | 60      |
      | h2  | P1      | labour | WORK      | 2026-03-03 | 60      |
    And all entries of project "P1" are approved
    Then unbilled of project "P1" is 60.00
    And entries in suspense are
      | entry | reason |

  Scenario: A surcharge that the customer does not pay
    Given surcharge rules
      | name    | days    | from  | until | surcharge |
      | evening | Mon-Fri | 18:00 | 22:00 | 25        |
    And invoicing preferences of project "P1"
      | setting         | value |
      | bill surcharges | no    |
    When work order "W1" is completed in revision 1 for project "P1"
      | line | kind   | employee | hour type | date       | start | end   |
      | 1    | labour | jan      | WORK      | 2026-03-03 | 17:00 | 19:00 |
    And work order "W2" is completed in revision 1 for project "P2"
      | line | kind   | employee | hour type | date       | start | end   |
      | 1    | labour | mia      | WORK      | 2026-03-03 | 17:00 | 19:00 |
    And all entries of work order "W1" are approved
    And all entries of work order "W2" are approved
    Then unbilled of project "P1" is 120.00
    And unbilled of project "P2" is 135.00

  Scenario: Minutes are rounded over the day of an employee
    Given invoicing preferences of organisation
      | setting      | value            |
      | rounding     | up 15            |
      | rounding per | employee and day |
    When "jan" enters
      | ref | project | kind   | hour type | date       | minutes |
      | a   | P1      | labour | WORK      | 2026-03-02 | 20      |
      | b   | P1      | labour | WORK      | 2026-03-02 | 20      |
      | c   | P1      | labour | WORK      | 2026-03-02 | 22      |
      | d   | P2      | labour | WORK      | 2026-03-02 | 20      |
    And all entries of project "P1" are approved
    And all entries of project "P2" are approved
    Then unbilled of project "P1" is 75.00
    And unbilled of project "P2" is 30.00
