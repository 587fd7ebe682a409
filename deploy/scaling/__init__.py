"""`make scale`: how matching behaves while a register grows, on both stores: time and candidates a notice, bytes a record."""
