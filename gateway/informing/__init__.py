"""Whether the people whose involvements are held were told of it, and how: a report in counts by agency."""
