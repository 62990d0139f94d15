#!/bin/sh
# One part of a Granary run, as Slurm starts it. What differs between runs stands in the arguments: a program and the file of
# its parameters. No text of a user's is ever part of a script.
exec "$@"
