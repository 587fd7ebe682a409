"""Subject access: a person asks what is held of them, and is answered within the month.

Opened by the DPO (`opening`), searched with tokens made on the DPO's machine (`searching`), confirmed by each controller (`answering`), carried to
the DPO's machine (`exporting`), and released (`releasing`). `views` shows what stands where.
"""
