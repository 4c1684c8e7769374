"""The receivers take what Slack and Teams would show, and refuse the rest in their words."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
import requests

if TYPE_CHECKING:
    from sandbox.server import Sandbox

WEBHOOK = "/slack/services/T000/B000/XXXX"
WORKFLOW = "/teams/workflows/9f/triggers/manual/paths/invoke?api-version=1&sp=x&sv=1.0&sig=abc"


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text}


def header(text: str = "Week 47", **more: Any) -> dict[str, Any]:
    return {"type": "header", "text": plain(text), **more}


def fields(*items: Any) -> dict[str, Any]:
    return {"type": "section", "fields": list(items)}


def table(*rows: list[str]) -> dict[str, Any]:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": cell} for cell in row] for row in rows]}


_URLS = count()


def send(sandbox: Sandbox, path: str, payload: Any) -> requests.Response:
    """Post to a URL that has not been used, so that no test meets another's pace."""
    url = f"{sandbox.url}{path}{next(_URLS)}" if path == WEBHOOK else sandbox.url + path
    return requests.post(url, json=payload, timeout=10)


def kept(sandbox: Sandbox) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = requests.get(f"{sandbox.url}/_sandbox/messages", timeout=10).json()["messages"]
    return messages


DIGEST = {
    "text": "Week 47: 3 won",
    "blocks": [
        header(),
        {"type": "section", "text": {**mrkdwn("A&amp;B <https://crm.example/r/7|report>"), "verbatim": True}},
        fields(mrkdwn("*Won*\n3")),
        {"type": "divider"},
        {"type": "context", "elements": [mrkdwn("as of 18:00")]},
        table(["Name", "Won"], ["李娜", "3"]),
        {"type": "actions", "elements": [{"type": "button", "text": plain("Open"), "url": "https://crm.example/r/7"}]},
    ],
}


def test_slack_takes_a_digest_and_it_is_kept(sandbox: Sandbox) -> None:
    answer = send(sandbox, f"{WEBHOOK}?x=1", DIGEST)
    assert (answer.status_code, answer.text) == (200, "ok")
    (message,) = kept(sandbox)
    assert message.pop("headers")["content-type"] == "application/json"
    assert message == {
        "n": 1,
        "channel": "slack",
        "url": f"{WEBHOOK}?x=1",
        "payload": DIGEST,
        "accepted": True,
    }


SLACK_TAKEN: list[Any] = [
    {"text": "hi"},
    {"text": "x" * 40_000},
    {"blocks": [header("x" * 150)]},
    {"blocks": [fields(*[mrkdwn("x" * 2000)] * 10)]},
    {"blocks": [{"type": "section", "text": plain("x" * 3000)}]},
    {"blocks": [{"type": "divider"}] * 50},
    {"blocks": [table(*[["x"] * 20] * 100)]},
    {"attachments": [{"fallback": "old"}]},
]


@pytest.mark.parametrize("payload", SLACK_TAKEN)
def test_slack_takes_everything_up_to_its_limits(sandbox: Sandbox, payload: Any) -> None:
    assert send(sandbox, WEBHOOK, payload).text == "ok"


SLACK_REFUSED: list[tuple[Any, str]] = [
    ([], "invalid_payload"),
    ("text", "invalid_payload"),
    ({}, "no_text"),
    ({"text": ""}, "no_text"),
    ({"text": 5}, "invalid_payload"),
    ({"text": "x" * 40_001}, "invalid_payload"),
    ({"attachments": [{"color": "red"}]}, "missing_text_or_fallback_or_attachments"),
    ({"attachments": [{"text": "x"}] * 101}, "too_many_attachments"),
    ({"blocks": {}}, "invalid_blocks"),
    ({"blocks": [{"type": "divider"}] * 51}, "invalid_blocks"),
    ({"blocks": [{"type": "marquee"}]}, "invalid_blocks"),
    ({"blocks": [{"type": ["header"]}]}, "invalid_blocks"),
    ({"blocks": ["header"]}, "invalid_blocks"),
    ({"blocks": [header("")]}, "invalid_blocks"),
    ({"blocks": [header("x" * 151)]}, "invalid_blocks"),
    ({"blocks": [{"type": "header", "text": mrkdwn("x")}]}, "invalid_blocks"),
    ({"blocks": [{"type": "section"}]}, "invalid_blocks"),
    ({"blocks": [{"type": "section", "text": "x"}]}, "invalid_blocks"),
    ({"blocks": [{"type": "section", "text": mrkdwn("x" * 3001)}]}, "invalid_blocks"),
    ({"blocks": [{"type": "section", "text": {**mrkdwn("x"), "emoji": True}}]}, "invalid_blocks"),
    ({"blocks": [{"type": "section", "text": {"type": ["mrkdwn"], "text": "x"}}]}, "invalid_blocks"),
    ({"blocks": [fields(*[mrkdwn("x")] * 11)]}, "invalid_blocks"),
    ({"blocks": [fields(mrkdwn("x" * 2001))]}, "invalid_blocks"),
    ({"blocks": [{"type": "context", "elements": [mrkdwn("x")] * 11}]}, "invalid_blocks"),
    ({"blocks": [{"type": "actions", "elements": [{"type": "button", "text": plain("x")}] * 26}]}, "invalid_blocks"),
    ({"blocks": [header(block_id="x" * 256)]}, "invalid_blocks"),
    ({"blocks": [header(block_id="a"), header(block_id="a")]}, "invalid_blocks"),
    ({"blocks": [header(colour="red")]}, "invalid_blocks"),
    ({"blocks": [{"type": "image", "image_url": "https://x.example/a.png"}]}, "invalid_blocks"),
    ({"blocks": [table(["x"]), table(["x"])]}, "invalid_blocks"),
    ({"blocks": [table(["x", ""])]}, "invalid_blocks"),
    ({"blocks": [table(*[["x"]] * 101)]}, "invalid_blocks"),
    ({"blocks": [table(["x"] * 21)]}, "invalid_blocks"),
    ({"blocks": [table(["x" * 10_001])]}, "invalid_blocks"),
]


@pytest.mark.parametrize(("payload", "word"), SLACK_REFUSED)
def test_slack_refuses_in_one_word(sandbox: Sandbox, payload: Any, word: str) -> None:
    answer = send(sandbox, WEBHOOK, payload)
    assert (answer.status_code, answer.text) == (400, word)
    (message,) = kept(sandbox)
    assert message["accepted"] is False
    assert message["reason"].startswith(f"{word}: ")


def test_slack_reads_a_form_and_refuses_what_is_not_json(sandbox: Sandbox) -> None:
    answer = requests.post(sandbox.url + "/slack", data={"payload": '{"text":"3 won"}'}, timeout=10)
    assert answer.text == "ok"
    answer = requests.post(sandbox.url + "/slack", data=b'{"text"', timeout=10)
    assert (answer.status_code, answer.text) == (400, "invalid_payload")
    assert [message["payload"] for message in kept(sandbox)] == [{"text": "3 won"}, '{"text"']


def test_slack_stops_a_long_burst_to_one_url(sandbox: Sandbox) -> None:
    answers = [requests.post(sandbox.url + "/slack/burst", json={"text": "x"}, timeout=10) for _ in range(25)]
    refused = next(answer for answer in answers if answer.status_code != 200)
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "30"
    assert requests.post(sandbox.url + "/slack/other", json={"text": "x"}, timeout=10).text == "ok"


def card(**changes: Any) -> dict[str, Any]:
    content = {
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [
            {"type": "TextBlock", "text": "Week 47", "wrap": True},
            {"type": "FactSet", "facts": [{"title": "Won", "value": "3"}]},
            {"type": "ColumnSet", "columns": [{"type": "Column", "items": [{"type": "TextBlock", "text": "3"}]}]},
        ],
        "actions": [{"type": "Action.OpenUrl", "title": "Open", "url": "https://crm.example/r/7"}],
    }
    kind = "application/vnd.microsoft.card.adaptive"
    return {"type": "message", "attachments": [{"contentType": kind, "content": {**content, **changes}}]}


def test_teams_takes_a_card_with_202_and_no_body(sandbox: Sandbox) -> None:
    answer = send(sandbox, WORKFLOW, card())
    assert (answer.status_code, answer.text) == (202, "")
    (message,) = kept(sandbox)
    assert (message["channel"], message["url"], message["accepted"]) == ("teams", WORKFLOW, True)
    assert "reason" not in message


def mention(**changes: Any) -> dict[str, Any]:
    entity = {"type": "mention", "text": "<at>Li</at>", "mentioned": {"id": "li@corp.example", "name": "Li"}}
    return {"width": "Full", "entities": [{**entity, **changes}]}


TEAMS_FAILED: list[tuple[Any, str]] = [
    ({"type": "message"}, "no attachments"),
    ({"text": "hi"}, "no attachments"),
    ({"attachments": ["card"]}, "attachments[0]: contentType is to be "),
    ({"attachments": [{"contentType": "text/plain", "content": "x"}]}, "attachments[0]: contentType is to be "),
    (card(type="Card"), "attachments[0]: content is not an AdaptiveCard"),
    (card(version="1.5"), "attachments[0]: version '1.5', at most 1.4"),
    (card(version=None), "attachments[0]: version None, at most 1.4"),
    (card(body=[], actions=[]), "attachments[0]: the card is empty"),
    (card(body={"type": "TextBlock"}), "attachments[0]: body is to be a list"),
    (card(body=[{"type": "TextBlock"}]), "attachments[0]: body[0]: TextBlock needs text"),
    (card(body=["text"]), "attachments[0]: body[0]: None is no element of version 1.4"),
    (card(body=[{"type": "Table"}]), "attachments[0]: body[0]: Table needs version 1.5"),
    (
        card(body=[{"type": "Container", "items": [{"type": "Media"}]}]),
        "attachments[0]: body[0]: items[0]: Media is not",
    ),
    (
        card(body=[{"type": "FactSet", "facts": [{"title": "x"}]}]),
        "attachments[0]: body[0]: a fact needs title and value",
    ),
    (card(actions=[{"type": "Action.Submit"}]), "attachments[0]: actions[0]: Action.Submit has nobody to answer it"),
    (
        card(actions=[{"type": "Action.OpenUrl", "url": "javascript:1"}]),
        "attachments[0]: actions[0]: Action.OpenUrl needs",
    ),
    (
        card(actions=[{"type": "Action.ShowCard", "card": {"body": [{"type": "Table"}]}}]),
        "attachments[0]: actions[0]: body",
    ),
    (card(msteams=mention(mentioned={"name": "Li"})), "attachments[0]: a mention needs text, "),
    (card(body=[{"type": "TextBlock", "text": "x" * 28 * 1024}]), "Request Entity too large: "),
]


@pytest.mark.parametrize(("payload", "reason"), TEAMS_FAILED)
def test_teams_says_202_and_the_run_fails_later(sandbox: Sandbox, payload: Any, reason: str) -> None:
    answer = send(sandbox, WORKFLOW, payload)
    assert (answer.status_code, answer.text) == (202, "")
    (message,) = kept(sandbox)
    assert message["accepted"] is False
    assert message["reason"].startswith(reason)


def test_teams_survives_a_card_nested_too_deep(sandbox: Sandbox) -> None:
    depth = 500
    inner = '{"type":"Container","items":[' * depth + "]}" * depth
    kind = "application/vnd.microsoft.card.adaptive"
    content = f'{{"type":"AdaptiveCard","version":"1.4","body":[{inner}]}}'
    text = f'{{"attachments":[{{"contentType":"{kind}","content":{content}}}]}}'
    assert requests.post(sandbox.url + WORKFLOW, data=text, timeout=10).status_code == 202
    (message,) = kept(sandbox)
    assert message["reason"] == "attachments[0]: the card is nested too deep"
    assert message["payload"] == text


def test_teams_takes_mentions_and_old_cards(sandbox: Sandbox) -> None:
    for payload in (card(msteams=mention()), {"@type": "MessageCard", "text": "hi"}):
        assert send(sandbox, "/teams", payload).status_code == 202
    assert [message["accepted"] for message in kept(sandbox)] == [True, True]


@pytest.mark.parametrize(
    ("path", "payload", "status", "code"),
    [
        (WORKFLOW, [], 400, "TriggerInputSchemaMismatch"),
        (WORKFLOW, {"attachments": {}}, 400, "TriggerInputSchemaMismatch"),
        (WORKFLOW.partition("&sig")[0], card(), 401, "DirectApiAuthorizationRequired"),
    ],
)
def test_teams_refuses_at_once(sandbox: Sandbox, path: str, payload: Any, status: int, code: str) -> None:
    answer = send(sandbox, path, payload)
    assert answer.status_code == status
    assert answer.json()["error"].keys() == {"code", "message"}
    assert answer.json()["error"]["code"] == code
