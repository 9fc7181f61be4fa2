"""The main job: dumps in, clean records out, a ledger at the end."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, nullcontext
from pathlib import Path
from typing import Any

import click

from scrubber import __version__
from scrubber.cli import DAMAGED, FAILED, OK, PIPE_CLOSED, VERBS
from scrubber.config import FIELDS, Config, configure, from_toml

EPILOG = "Verbs: " + "; ".join(f"scrubber {verb}: {meaning}" for verb, meaning in VERBS.items()) + "."


def _with_config(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command a flag for every field of `Config`."""
    for field in reversed(FIELDS.values()):
        flag, default = "--" + field.name.replace("_", "-"), field.default
        meaning = f"{field.metadata['help']} [default: {_shown(default)}]"
        if isinstance(default, bool):
            decorate = click.option(f"{flag}/--no-{flag[2:]}", default=None, help=meaning)
        else:
            kind: Any = click.Choice(field.metadata["choices"]) if field.metadata["choices"] else str
            kind = type(default) if isinstance(default, int | float) else kind
            decorate = click.option(flag, type=kind, default=None, help=meaning, metavar=None)
        function = decorate(function)
    return function


def _shown(default: Any) -> str:
    if isinstance(default, bool):
        return "yes" if default else "no"
    return ",".join(default) if isinstance(default, tuple) else "none" if default is None else str(default)


@click.command(context_settings={"max_content_width": 110}, epilog=EPILOG)
@click.argument("inputs", nargs=-1, metavar="[FILE]...")
@click.option("-o", "--output", default="-", metavar="FILE", help="Where the records go; - is standard output.")
@click.option("--to", type=click.Choice(["jsonl", "text"]), default="jsonl", help="What is written. [default: jsonl]")
@click.option("--rejects", metavar="FILE", help="Where all that is not in the output goes, and why.")
@click.option("--stats", metavar="FILE", help="Where the ledger goes as JSON.")
@click.option("--config", "config_file", metavar="FILE", help="Options from a TOML file; flags win.")
@click.option("-q", "--quiet", is_flag=True, help="No progress bar and no ledger on standard error.")
@_with_config
@click.version_option(__version__, prog_name="scrubber", message="%(prog)s %(version)s")
@click.pass_context
def command(
    context: click.Context,
    /,
    inputs: tuple[str, ...],
    output: str,
    to: str,
    rejects: str | None,
    stats: str | None,
    config_file: str | None,
    quiet: bool,
    **flags: Any,
) -> int:
    """Turn raw scraped web text into clean, deduplicated records.

    FILE is a text dump, JSON lines or an HTML page, also packed as .gz, .zst, .bz2 or .xz; - or nothing reads standard
    input.
    """
    if not inputs and sys.stdin is not None and sys.stdin.isatty():
        click.echo(context.get_help())
        return OK
    options = from_toml(config_file) if config_file else {}
    options.update((name, value) for name, value in flags.items() if value is not None)
    paths = inputs or ("-",)
    _check_names(paths, (output, rejects, stats))
    return _Run(configure(options), paths, output, to, rejects, stats, quiet).go()


def _check_names(paths: tuple[str, ...], outputs: tuple[str | None, ...]) -> None:
    """Refuse what would destroy data: an output that is an input, one name for two things."""
    named = [path for path in paths if path != "-"]
    written = [path for path in outputs if path not in (None, "-", os.devnull)]
    for path in {p for p in paths if paths.count(p) > 1}:
        raise click.UsageError(f"{path} is named twice")
    for path in {p for p in written if written.count(p) > 1}:
        raise click.UsageError(f"{path} is named for two outputs")
    for path in written:
        if any(_same_file(path, other) for other in named):
            raise click.UsageError(f"{path} is an input; choose another name for the output")


def _same_file(a: str | None, b: str) -> bool:
    try:
        return a is not None and Path(a).samefile(b)
    except OSError:
        return False


class _Run:
    """One run of the main job with everything open."""

    def __init__(
        self,
        config: Config,
        paths: tuple[str, ...],
        output: str,
        to: str,
        rejects: str | None,
        stats: str | None,
        quiet: bool,
    ) -> None:
        self.config, self.paths, self.output, self.to = config, paths, output, to
        self.rejects, self.stats, self.quiet = rejects, stats, quiet

    def go(self) -> int:
        """Run, and return the exit code."""
        try:
            return self._go()
        except BrokenPipeError:  # the reader has what it wanted
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            return PIPE_CLOSED

    def _go(self) -> int:
        from scrubber.page import Intake
        from scrubber.pipeline import clean_items, load_ahead, read_options, writers_choice
        from scrubber.read import check_inputs, read
        from scrubber.write import Ledger, MakeReady, summary
        from scrubber.write.output import opened

        check_inputs(self.paths)
        loaded = load_ahead(self.config)
        intake, ledger = Intake(), Ledger()
        ready = MakeReady(writers_choice(self.config), self.to, self.rejects is not None)
        with ExitStack() as stack:
            sink = stack.enter_context(opened(self.output))
            rejects = stack.enter_context(opened(self.rejects) if self.rejects else nullcontext())
            show = stack.enter_context(_progress(self.paths, self.quiet))
            blocks = read(self.paths, read_options(self.config), intake)
            for item in clean_items(blocks, self.config, ledger.recall, ready, loaded):
                self._write(item, ready, ledger, sink, rejects)
                show(intake.size)
            ledger.close(intake)
            self._finish(ledger, rejects)
        if not self.quiet:
            click.echo(summary(ledger), err=True)
        if not ledger.balanced:
            return FAILED
        return DAMAGED if ledger.damaged else OK

    def _write(self, item: Any, ready: Any, ledger: Any, sink: Any, rejects: Any) -> None:
        from scrubber.page import Dead
        from scrubber.write.jsonl import encode
        from scrubber.write.rejects import dead_record

        if isinstance(item, Dead):
            ledger.bury(item)
            if rejects:
                rejects.write(encode(dead_record(item)))
            return
        made = ready.of(item)
        ledger.count(item, made.account)
        if made.output:
            sink.write(made.output, now=True)
        if rejects:
            rejects.write(made.rejects)

    def _finish(self, ledger: Any, rejects: Any) -> None:
        import json

        from scrubber.write.jsonl import encode
        from scrubber.write.output import opened
        from scrubber.write.rejects import source_records

        if rejects:
            for record in source_records(ledger.intake):
                rejects.write(encode(record))
        if self.stats:
            with opened(self.stats) as sink:
                sink.write(json.dumps(ledger.stats, indent=1).encode() + b"\n")


def _progress(paths: tuple[str, ...], quiet: bool) -> Any:
    """A context whose value is told the bytes read so far: a bar on a terminal, nothing anywhere else."""
    if quiet or not sys.stderr.isatty():
        return nullcontext(lambda _: None)
    return _bar(paths)


def _bar(paths: tuple[str, ...]) -> Any:
    from contextlib import contextmanager

    from tqdm import tqdm

    tqdm.monitor_interval = 0  # its thread would be in the way of workers that are forked
    total = None if "-" in paths else sum(Path(path).stat().st_size for path in paths)

    @contextmanager
    def bar() -> Iterator[Callable[[int], object]]:
        with tqdm(total=total, unit="B", unit_scale=True, desc="scrubber", file=sys.stderr, leave=False) as shown:
            yield lambda done: shown.update(done - shown.n)

    return bar()
