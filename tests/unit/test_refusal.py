"""How rules say no."""

from omni.domain.refusal import BadInput, Reason, Refused, Unknown


def test_a_refusal_is_false_and_says_why() -> None:
    refused = Refused(Reason.PAUSED, {"why": "technical"})
    assert not refused
    assert refused.details["why"] == "technical"


def test_bad_input_names_the_field_and_the_remedy_in_one_line() -> None:
    problem = BadInput("lines.0.qty", "at least 1")
    assert str(problem) == "lines.0.qty: at least 1"
    assert problem.reason is Reason.INVALID_INPUT


def test_what_is_unknown_is_named_when_a_name_was_given() -> None:
    assert str(Unknown(Reason.UNKNOWN_PLACEMENT, "fr-lyon")) == "unknown-placement: fr-lyon"
    assert str(Unknown(Reason.UNKNOWN_CODE)) == "unknown-code"


def test_reasons_are_words_with_dashes() -> None:
    assert all(reason.value == reason.name.lower().replace("_", "-") for reason in Reason)
