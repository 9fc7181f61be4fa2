"""argv -> verb -> exit code. A verb is a click command named `command` in `scrubber/commands/`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module

import click

from scrubber.errors import ConfigError, ScrubberError

# verb -> what it does; the module of the same name is loaded when the verb is used
VERBS = {
    "clean": "turn dumps into clean records (what scrubber does when no verb is given)",
    "restore": "put a dump together again from output and rejects",
    "fix": "repair the encoding of lines and nothing else",
    "dedup": "deduplicate records that are clean already, in two passes",
    "index": "keep an index of pages on disk, to deduplicate against it",
}
OK, FAILED, USAGE, DAMAGED, INTERRUPTED, PIPE_CLOSED = 0, 1, 2, 3, 130, 141


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a verb and leave with its exit code; see the constants above, and docs/cli.md."""
    for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(name, "1")  # the matrices are small: threads cost more than they give
    argv = list(sys.argv[1:] if arguments is None else arguments)
    verb = argv.pop(0) if argv and argv[0] in VERBS else "clean"
    sys.exit(run(verb, argv))


def run(verb: str, argv: list[str]) -> int:
    """Run one verb and return its exit code; errors are one line on stderr that says what to try next."""
    command: click.Command = import_module(f"scrubber.commands.{verb}").command
    name = "scrubber" if verb == "clean" else f"scrubber {verb}"
    try:
        with command.make_context(name, argv) as context:
            code: int | None = command.invoke(context)
    except click.exceptions.Exit as stop:
        code = stop.exit_code
    except KeyboardInterrupt:
        return _say("interrupted; what was written so far is whole records", INTERRUPTED)
    except click.UsageError as error:
        return _say(f"{error.format_message()} (see {name} --help)", USAGE)
    except ConfigError as error:
        return _say(str(error), USAGE)
    except (ScrubberError, click.ClickException) as error:
        return _say(str(error), FAILED)
    return code or OK


def _say(message: str, code: int) -> int:
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in message)
    click.echo(f"scrubber: {shown}", err=True)
    return code
