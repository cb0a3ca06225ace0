"""The rules of the timesheet, pure: no I/O, no framework, no clock of its own (design: domain.md, "Timesheets").

``work``            what one line says was done
``counting``        minutes of a clock, in real time
``checks``          why a line waits; what is refused by hand
``classification``  the pieces of an entry, each with one hour type and one surcharge
``surcharges``      which rule counts when; ``working_times`` when an employee works
``overtime``        labour beyond the working hours of a day or week
``entry``           a time entry, and the steps of its life
``revisions``       what a new revision of a work order does to a line
``access``          who may see and move which entries
``periods``         which days are closed; weeks and months
``choice``          which entries are meant
``overlap``         two clocks of one employee at once
"""
