"""WHAT HAPPENS, in this order; one file per step. A stage is a verb, a record a noun.

| step        | takes -> gives                         | the point                                                    |
|-------------|----------------------------------------|--------------------------------------------------------------|
| collect     | sources -> Task, TaskTests             | every row with origin, licence and line                      |
| curate      | Task -> Task or Drop                   | rules on the syntax tree, duplicates, overlap                |
| generate    | Task x model x sample -> Sample        | recorded or live models; a reply becomes a Candidate         |
| write_tests | Task -> TaskTests                      | expected values from the reference, checks grown, loads      |
|             |                                        | scaled; a tester's proposals where one is named              |
| check       | Candidate x tests -> Verdict           | is it right? judged outside the sandbox                      |
| measure     | right Candidate x loads -> Measurement | is it fast? interleaved rounds, confirmed in a second zygote |
| refine      | right Candidate -> Sample              | a model rewrites its own fastest; check and measure again    |
| select      | Measurement -> Selection               | a total order, the gain with its interval, ties named        |
| build       | Selection -> DatasetRecord, dataset/   | training rows, the control arms, the data card               |
| report      | a run -> report.html                   | what happened and whether to believe it                      |

``train`` and ``evaluate`` take what comes out of this. Generation comes before test writing because candidates may
dispute a reference that its source does not vouch for; no other task's tests depend on them (docs/decisions/0010).

run.py          the steps in order, over one store
ready.py        whether a config can be run here
collect.py      sources to tasks
curate.py       tasks kept or dropped
generate.py     samples, recorded or of live models
write_tests.py  checks and loads
check.py        verdicts
measure.py      times and memory
refine.py       rewrites of the fastest
select.py       the candidate kept
build.py        training rows and the dataset folder
report.py       the HTML report
"""

ORDER = ("collect", "curate", "generate", "write_tests", "check", "measure", "refine", "select", "build", "report")
