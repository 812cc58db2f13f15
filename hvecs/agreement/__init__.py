"""Agreement with what is known: published measurements and closed forms, as cases that can be run again."""
