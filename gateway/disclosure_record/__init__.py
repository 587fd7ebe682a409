"""The disclosure record: who was told what, on a clock of its own, sealed to the DPOs. It outlives the notice."""
