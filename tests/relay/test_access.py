"""Who may use the relay: networks, users and their hashed passwords, senders and recipients."""

from __future__ import annotations

import hashlib
import ipaddress
import re
import time

import pytest

pytest.importorskip("aiosmtpd")

from hypothesis import given
from hypothesis import strategies as st

from sesmime.relay.access import Access, AddressPattern
from sesmime.relay.answers import address_fault, envelope_fault
from sesmime.relay.passwords import Users, hash_password, parse_hash, parse_users
from sesmime.ses.settings import ApiParameters, Destination

pytestmark = pytest.mark.edges


class TestPatterns:
    @pytest.mark.parametrize(
        ("pattern", "address", "is_one"),
        [
            ("ann@shop.example", "ann@shop.example", True),
            ("ann@shop.example", "Ann@SHOP.example", True),
            ("ann@shop.example", "xann@shop.example", False),
            ("ann@shop.example", "ann@shop.example.evil.example", False),
            ("@shop.example", "anybody@shop.example", True),
            ("@shop.example", "anybody@mail.shop.example", False),
            ("@shop.example", "anybody@evilshop.example", False),
            ("*@mail.shop.example", "a+b@mail.shop.example", True),
            ("*@*.shop.example", "a@x.y.shop.example", True),
            ("*@*.shop.example", "a@shop.example", False),
            ("*@*.shop.example", "a@evilshop.example", False),
            ("bounce+*@shop.example", "bounce+1=2@shop.example", True),
            ("bounce+*@shop.example", "bounce@shop.example", False),
            # A dot is a dot, and the domain is what comes after the last @.
            ("@shop.example", "a@shopxexample", False),
            ("@shop.example", '"@shop.example"@evil.example', False),
            ("@evil.example", '"@shop.example"@evil.example', True),
            ("@shop.example", "", False),
            ("@shop.example", "postmaster", False),
        ],
    )
    def test_an_address_is_one_of_those_or_not(self, pattern: str, address: str, is_one: bool) -> None:
        assert AddressPattern(pattern).matches(address) is is_one

    @pytest.mark.parametrize("text", ["", "shop.example", "ann@", "a b@c.example", "<a@b.example>", "a@b.example,c@d"])
    def test_what_is_no_pattern_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match="write an address"):
            AddressPattern(text)

    def test_of_no_patterns_every_address_is_allowed(self) -> None:
        assert Access().sender_fault("x@y.example") is None
        assert Access().recipient_fault("x@y.example") is None
        only = Access(senders=(AddressPattern("@a.example"),), recipients=(AddressPattern("@b.example"),))
        assert (only.sender_fault("x@a.example"), only.recipient_fault("x@b.example")) == (None, None)
        for fault in (
            only.sender_fault("x@b.example"),
            only.recipient_fault("x@a.example"),
            only.author_fault(["x@b"]),
        ):
            assert fault is not None
            assert fault.startswith("550 5.7.1 ")


class TestNetworks:
    NETWORKS = (ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("2001:db8::/32"))

    @pytest.mark.parametrize(
        ("host", "is_near"),
        [
            ("10.1.2.3", True),
            ("11.1.2.3", False),
            ("::ffff:10.1.2.3", True),
            ("2001:db8::1", True),
            ("2001:db9::1", False),
            ("fe80::1%eth0", False),
            ("127.0.0.1", False),
            ("", False),
        ],
    )
    def test_without_users_others_may_not_even_connect(self, host: str, is_near: bool) -> None:
        fault = Access(networks=self.NETWORKS).client_fault(host)
        assert fault == (None if is_near else "554 5.7.1 Client host rejected: access denied")

    def test_of_networks_and_users_one_is_enough(self) -> None:
        access = Access(networks=self.NETWORKS, users=lambda: Users({}))
        assert access.client_fault("11.0.0.1") is None
        assert access.mail_fault("11.0.0.1", user=None, has_tls=True) == "530 5.7.0 Authentication required"
        assert access.mail_fault("11.0.0.1", user="shop", has_tls=True) is None
        assert access.mail_fault("10.0.0.1", user=None, has_tls=True) is None

    def test_with_require_tls_nobody_sends_without(self) -> None:
        access = Access(require_tls=True)
        fault = access.mail_fault("127.0.0.1", user="shop", has_tls=False)
        assert fault is not None
        assert fault.startswith("530 ")
        assert access.mail_fault("127.0.0.1", user=None, has_tls=True) is None


class TestPasswords:
    def test_a_hash_is_salted_and_right_for_its_password_only(self) -> None:
        hashes = {hash_password("secret") for _ in range(2)}
        assert len(hashes) == 2
        for one in hashes:
            assert parse_hash(one).matches(b"secret")
            assert not parse_hash(one).matches(b"Secret")

    @pytest.mark.parametrize(
        "text",
        [
            # Made with Python's hashlib, in the spelling of passlib.
            "$pbkdf2-sha256$1000$c2FsdHNhbHQ$" + "{}",
            "$pbkdf2-sha256$i=1000$c2FsdHNhbHQ$" + "{}",
        ],
    )
    def test_pbkdf2_of_others_is_read(self, text: str) -> None:
        import base64

        key = base64.b64encode(hashlib.pbkdf2_hmac("sha256", b"secret", b"saltsalt", 1000)).decode().rstrip("=")
        for spelt in (key, key.replace("+", ".")):
            assert parse_hash(text.format(spelt)).matches(b"secret")

    def test_the_example_of_scrypts_standard(self) -> None:
        # RFC 7914 section 12: scrypt(P="pleaseletmein", S="SodiumChloride", N=16384, r=8, p=1, dkLen=64).
        import base64

        key = bytes.fromhex(
            "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
            "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"
        )
        salt = base64.b64encode(b"SodiumChloride").decode().rstrip("=")
        text = f"$scrypt$ln=14,r=8,p=1${salt}${base64.b64encode(key).decode().rstrip('=')}"
        assert parse_hash(text).matches(b"pleaseletmein")

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "secret",
            "{SHA}abcd",
            "$2y$05$abc",
            "$scrypt$ln=30,r=8,p=1$YQ$YQ",  # a terabyte
            "$scrypt$ln=0,r=8,p=1$YQ$YQ",
            "$scrypt$ln=14,r=8,p=1$!$YQ",
            "$pbkdf2-sha256$99999999$YQ$YQ",
            "$pbkdf2-sha256$0$YQ$YQ",
            "$pbkdf2-md5$1000$YQ$YQ",
        ],
    )
    def test_what_is_no_hash_or_costs_too_much_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match=r"."):
            parse_hash(text)

    def test_a_file_of_users(self) -> None:
        users = parse_users(f"# the shop\n\nshop:{hash_password('a')}\nblög:{hash_password('b:c')}\n")
        assert [users.has(*one) for one in ((b"shop", b"a"), ("blög".encode(), b"b:c"))] == [True, True]
        assert [users.has(*one) for one in ((b"shop", b"b"), (b"", b"a"), (b"\xff", b""), (b"sho", b"pa"))] == [
            False
        ] * 4

    def test_what_was_right_once_costs_nothing_and_what_was_wrong_stays_wrong(self) -> None:
        users = parse_users(f"shop:{hash_password('a')}")
        assert users.has(b"shop", b"a")
        started = time.process_time()
        assert all(users.has(b"shop", b"a") for _ in range(200))
        assert time.process_time() - started < 1.0  # 200 hashes take ten seconds
        assert not users.has(b"shop", b"b")

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("", "it has no user"),
            ("shop", "line 1: it is not NAME:HASH"),
            ("# a\nshop:secret", "line 2: it is no hash"),
            ("shop:HASH\nshop:HASH", "line 2: 'shop' is there twice"),
        ],
    )
    def test_a_line_that_is_none_is_named(self, text: str, told: str) -> None:
        with pytest.raises(ValueError, match="^" + re.escape(told)):
            parse_users(text.replace("HASH", hash_password("a")))


PIECES = st.sampled_from(
    [*"aB9.-_+=@ <>,;:()[]\"\\'!#%*/?|~\x00\x7fé", "a.example", "xn--", "a" * 64, "d.example", ".."]
)


class TestAddresses:
    """The quick way through an address says what the rules say."""

    @given(st.lists(PIECES, max_size=7).map("".join), st.booleans())
    def test_the_quick_way_says_what_the_rules_say(self, address: str, is_sender: bool) -> None:
        given_ = ApiParameters(source=address) if is_sender else ApiParameters(destination=Destination((address,)))
        assert address_fault(address, is_sender=is_sender) == envelope_fault(given_)

    @pytest.mark.parametrize("local", [1, 63, 64, 65, 200, 320])
    @pytest.mark.parametrize("domain", [1, 63, 64, 190, 254, 260])
    def test_of_long_ones_too(self, local: int, domain: int) -> None:
        address = f"{'a' * local}@{'b' * domain}.example"
        assert address_fault(address, is_sender=True) == envelope_fault(ApiParameters(source=address))
