"""MLLP framing: a block begins with VT (0x0B) and ends with FS CR (0x1C 0x0D). HL7 v2 Transport Specification: MLLP, Release 1."""

BEGIN, END = b"\x0b", b"\x1c\x0d"
