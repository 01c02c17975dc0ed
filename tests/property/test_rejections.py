"""The laws of predicting and explaining, under Hypothesis."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sesmime import ApiParameters, Destination, Interface, LintConfig, lint
from sesmime.linter.answers import explain_rejection, predict_rejection
from tests.property import strategies
from tests.property.pasted import interfaces, pasted

hostile_texts = st.one_of(
    st.text(max_size=30), strategies.addresses, st.sampled_from(["\r\n", "\x00", "<>", "é@ü.example"])
)
hostile_parameters = st.builds(
    ApiParameters,
    source=st.one_of(st.none(), hostile_texts),
    destination=st.one_of(st.none(), st.builds(Destination, to=st.lists(hostile_texts, max_size=3).map(tuple))),
    reply_to=st.one_of(st.none(), st.lists(hostile_texts, max_size=2).map(tuple)),
    return_path=st.one_of(st.none(), hostile_texts),
    source_arn=st.one_of(st.none(), hostile_texts),
    message_tags=st.one_of(st.none(), st.lists(strategies.any_tags, max_size=3).map(tuple)),
    configuration_set=st.one_of(st.none(), hostile_texts),
    tenant=st.one_of(st.none(), hostile_texts),
)
identities = st.sampled_from([(), ("b.example",), ("é", "")])


class TestPredicting:
    """Law 1: reading raises for no bytes. What is predicted is the first finding that has the text of a refusal."""

    @given(strategies.messages, hostile_parameters, interfaces, identities)
    def test_a_rejection_is_expected_where_a_default_rule_expects_one(
        self, message: bytes, parameters: ApiParameters, interface: Interface, verified: tuple[str, ...]
    ) -> None:
        config = LintConfig(verified_identities=verified)
        report = lint(message, parameters=parameters, interface=interface, config=config)
        rejection = predict_rejection(message, parameters=parameters, interface=interface, config=config)
        expected = [finding for finding in report if finding.rejection is not None]
        assert (rejection is None) == (expected == [])
        if rejection is not None:
            assert rejection.finding in expected
            assert rejection.text == rejection.finding.rejection
            assert (rejection.code is None) == (interface is Interface.SMTP)
            assert (rejection.smtp_reply is not None) == (interface is Interface.SMTP and rejection.text != "")
            assert rejection.text not in rejection.alternatives
            assert rejection.smtp_reply is None or rejection.smtp_reply.endswith(rejection.text)

    @given(strategies.messages, hostile_parameters, interfaces)
    def test_what_the_user_selects_changes_nothing(
        self, message: bytes, parameters: ApiParameters, interface: Interface
    ) -> None:
        plain = predict_rejection(message, parameters=parameters, interface=interface)
        chosen = LintConfig(select=("BULK",), ignore=("SES1",))
        assert predict_rejection(message, parameters=parameters, interface=interface, config=chosen) == plain


class TestExplaining:
    """Law 1: reading raises for no text and no bytes; what is expected can be explained, at its place."""

    @given(pasted, st.one_of(st.none(), strategies.messages), hostile_parameters, interfaces)
    def test_any_text_is_explained(
        self, text: str, message: bytes | None, parameters: ApiParameters, interface: Interface
    ) -> None:
        explained = explain_rejection(text, message, parameters=parameters, interface=interface)
        assert explained
        for explanation in explained:
            assert explanation.cause
            assert {finding.code for finding in explanation.findings} <= set(explanation.rules)

    @given(strategies.messages, hostile_parameters, interfaces)
    def test_what_is_predicted_is_explained_by_the_same_finding(
        self, message: bytes, parameters: ApiParameters, interface: Interface
    ) -> None:
        rejection = predict_rejection(message, parameters=parameters, interface=interface)
        if rejection is not None:
            explained = explain_rejection(rejection.text, message, parameters=parameters, interface=interface)
            assert rejection.finding in [finding for one in explained for finding in one.findings]
