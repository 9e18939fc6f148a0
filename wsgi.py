"""The application as servers and the `flask` command find it."""

import gc

# What is loaded now stays until the end: looking through it for garbage, now or later, is a fifth of the start.
gc.disable()

from portal import create_app  # noqa: E402

app = create_app()
gc.freeze()
gc.enable()
# A page makes some thousand things and hardly any that only the collector finds: looked for less often.
gc.set_threshold(10_000)
