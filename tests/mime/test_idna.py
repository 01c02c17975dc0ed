"""Domains in ASCII by the two editions of IDNA, where they agree and where they do not."""

from __future__ import annotations

import pytest

from sesmime.mime.idna import address_by_idna_2003, domain_by_idna_2003, domain_by_idna_2008


def test_both_editions_write_most_domains_alike() -> None:
    for domain in (
        "b\u00fccher.example",
        "a.example",
        "\u4f8b\u3048.example",
        "\u043f\u043e\u0447\u0442\u0430.example",
    ):
        assert domain_by_idna_2003(domain) == domain_by_idna_2008(domain)


def test_a_sharp_s_is_another_domain_in_the_edition_of_2003() -> None:
    pytest.importorskip("idna")
    assert domain_by_idna_2003("stra\u00dfe.example") == "strasse.example"
    assert domain_by_idna_2008("stra\u00dfe.example") == "xn--strae-oqa.example"


@pytest.mark.parametrize("domain", ["\uff41.example", "\u2488.example", "a" * 63 + "\u00e4.example", "\u2603.example"])
def test_what_the_edition_of_2008_does_not_allow_is_refused(domain: str) -> None:
    pytest.importorskip("idna")
    with pytest.raises(ValueError, match="IDNA 2008"):
        domain_by_idna_2008(domain)


def test_an_address_whose_domain_cannot_be_written_stays() -> None:
    assert address_by_idna_2003("zo\u00eb@b\u00fccher.example") == "zo\u00eb@xn--bcher-kva.example"
    assert address_by_idna_2003("a@\u00e4..example") == "a@\u00e4..example"
    assert address_by_idna_2003("nobody") == "nobody"
