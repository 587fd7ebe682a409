"""FHIR R4 (4.0.1) on the wire. The only importer of `fhir.resources`, always of its R4B package."""
