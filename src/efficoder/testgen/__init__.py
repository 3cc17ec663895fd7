"""New inputs from known ones: small ones that tell right from wrong, large ones that tell slow from fast.

Pure pieces without a sandbox: shapes (what given inputs have in common), fresh and mutate (small inputs), relations
(between arguments), constraints (bounds a statement gives), growth and search (large inputs), curve (time against
size), mutants (of a reference), generators (programs that make inputs). stages/write_tests.py runs them.
"""
