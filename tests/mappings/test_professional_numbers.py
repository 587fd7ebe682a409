"""Numbers of practitioners in one form, and what is none."""

import pytest

from mappings.professional_numbers import ProfessionalRegister, registration

GMC, NMC, SWE = ProfessionalRegister.GMC, ProfessionalRegister.NMC, ProfessionalRegister.SWE


@pytest.mark.parametrize(
    ("register", "text", "expected"),
    [
        (GMC, "1234567", "gmc|1234567"),
        (GMC, " 123 4567 ", "gmc|1234567"),
        (NMC, "98i1234e", "nmc|98I1234E"),
        (SWE, "sw 123456", "swe|SW123456"),
        (SWE, "SW-123456", "swe|SW123456"),
        (GMC, "123456", ""),
        (GMC, "12345678", ""),
        (NMC, "9811234E", ""),
        (SWE, "123456", ""),
        (SWE, "SW", ""),
        (GMC, "0000000", ""),
        (SWE, "SW00000", ""),
        (NMC, "00A0000A", ""),
        (SWE, "", ""),
        (SWE, "SW" + "1" * 5000, ""),
        (GMC, "١٢٣٤٥٦٧", ""),
    ],
)
def test_a_number_has_its_registers_form_or_counts_as_not_stated(
    register: ProfessionalRegister, text: str, expected: str
) -> None:
    assert registration(register, text) == expected
