"""Hypothesis strategies for what a client may send in WebSocket messages."""

from __future__ import annotations

import json

from hypothesis import strategies as st

from landing.live import frames

commands = st.sampled_from([*frames.COMMANDS, "publish", "", "\ud800"])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | commands,
    lambda children: st.lists(children) | st.dictionaries(st.text() | st.just("type"), children),
)
json_texts = (values | st.fixed_dictionaries({"type": commands | values})).map(json.dumps)
repeated_keys = st.lists(values.map(json.dumps), min_size=1, max_size=4).map(
    lambda texts: "{" + ",".join(f'"type":{text}' for text in texts) + "}"
)
deep_texts = st.builds(lambda start, depth: start * depth, st.text(), st.integers(0, 999))
#: The payloads of text frames, valid and not.
texts = st.text() | json_texts | repeated_keys | deep_texts
messages = st.lists(texts | st.binary(), max_size=20)
