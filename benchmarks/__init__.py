"""Speed, memory and disk against what people use today: both sides in one run, reported as ratios."""
