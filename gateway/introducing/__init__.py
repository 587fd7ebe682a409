"""The introducer's way: an office brings two sides together where one must stay hidden, and names nobody."""
