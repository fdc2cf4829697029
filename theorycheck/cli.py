"""The command line: one subcommand per claim, made from its Parameters."""
from __future__ import annotations

import argparse
import dataclasses
import io
import os
import sys
import traceback
from collections.abc import Callable
from contextlib import ExitStack, redirect_stderr, redirect_stdout, suppress
from typing import Any, NoReturn, TextIO

from theorycheck._version import __version__
from theorycheck.errors import HypothesisNotMet, InstanceTooLarge, ParameterError, TheoryCheckError

_PROGRAM = "python -m theorycheck"
_EPILOG = """\
exit codes: 0 holds, 1 refuted or inconsistent, 2 bad use or a hypothesis not met, 3 vacuous or inconclusive,
            4 too large, 5 an error in theorycheck itself
example: python -m theorycheck """


class _Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line, which says what would work."""

    example = ""

    def error(self, message: str) -> NoReturn:
        if message.endswith("expected one argument"):
            message += "; one that begins with a dash needs =, as in --name=-1"
        works = f"{_PROGRAM} {self.example}" if self.example else f"{self.prog} --help"
        raise ParameterError(f"{message.rstrip('.')}. Try: {works}")


def main(argv: list[str] | None = None) -> int:
    """Run the command line and return the exit code; see ``--help``."""
    with ExitStack() as streams:
        # A stream that was closed before the start is None here, and None would take stderr's messages to stdout.
        if sys.stdout is None:
            streams.enter_context(redirect_stdout(io.StringIO()))
        if sys.stderr is None:
            streams.enter_context(redirect_stderr(io.StringIO()))
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="backslashreplace")  # an ellipsis on a stream without Unicode
        return _exit_code(sys.argv[1:] if argv is None else argv)


def _exit_code(argv: list[str]) -> int:
    try:
        return _run(argv)
    except (ParameterError, HypothesisNotMet) as error:
        return _complain(error, 2)
    except InstanceTooLarge as error:
        return _complain(error, 4)
    except TheoryCheckError as error:
        return _complain(error, 2)
    except KeyboardInterrupt:
        return _complain("interrupted before anything was decided.", 3)
    except MemoryError as error:
        return _complain(f"out of memory; take a smaller instance. {error}", 4)
    except Exception:  # Python would exit with 1, which says REFUTED
        return _complain("this is an error in theorycheck itself; nothing was decided.", 5, traceback.format_exc())


def _run(argv: list[str]) -> int:
    try:
        arguments, unknown = _build_parser().parse_known_args(argv)
    except SystemExit as finished:  # argparse's --help and --version
        _write(lambda: None)
        return int(finished.code or 0)
    if unknown:
        raise ParameterError(f"unrecognized arguments: {' '.join(unknown)}. "
                             f"Try: {_PROGRAM} {arguments.command} --help")
    return int(arguments.run(arguments))


def _write(write: Callable[[], object]) -> None:
    """Write to stdout and flush; a reader that has left (head, less) is no error and changes no exit code."""
    try:
        write()
        sys.stdout.flush()
    except BrokenPipeError:
        _abandon(sys.stdout)
    except OSError as error:
        _abandon(sys.stdout)
        raise TheoryCheckError(f"The output cannot be written: {error.strerror or error}.") from error


def _abandon(stream: TextIO) -> None:
    """Lead a stream that cannot be written to nowhere: what is still in its buffer would raise again at exit."""
    with suppress(OSError):  # a stream without a descriptor has no such buffer
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def _complain(error: object, code: int, before: str = "") -> int:
    try:
        print(f"{before}theorycheck: {error}", file=sys.stderr)
        sys.stderr.flush()
    except OSError:  # nobody reads the message; the code still tells
        _abandon(sys.stderr)
    return code


def _build_parser() -> argparse.ArgumentParser:
    from theorycheck.registry import all_claims
    parser = _Parser(prog=_PROGRAM, epilog=_EPILOG + "lemma6 --n 20 --k 4", allow_abbrev=False,
                     formatter_class=argparse.RawDescriptionHelpFormatter,
                     description="Checks each step of a theorem's proof at an instance, exactly or by enclosure.")
    parser.add_argument("--version", action="version", version=f"theorycheck {__version__}")
    commands = parser.add_subparsers(title="commands", dest="command", metavar="COMMAND", required=True)
    listing = commands.add_parser("list", help="every claim, with what it says", allow_abbrev=False)
    listing.add_argument("--json", action="store_true", help="machine-readable")
    listing.set_defaults(run=_list)
    show = commands.add_parser("show", allow_abbrev=False,
                               help="a claim's statement, hypotheses, steps, LaTeX, source and errata; runs nothing")
    show.add_argument("claim", help="a claim's name, see list")
    show.set_defaults(run=_show)
    prove = commands.add_parser("prove", allow_abbrev=False,
                                help="what of a claim is proved for all parameters, by certificates")
    prove.add_argument("claim", help="a claim's name, see list")
    prove_output = prove.add_mutually_exclusive_group()
    prove_output.add_argument("--json", action="store_true", help="machine-readable, certificates included")
    prove_output.add_argument("--verbose", action="store_true", help="also the certificates")
    prove.set_defaults(run=_prove)
    everything = commands.add_parser("all", allow_abbrev=False, epilog=_EPILOG + "all --quiet",
                                     formatter_class=argparse.RawDescriptionHelpFormatter,
                                     help="every claim at an instance of its own, one table at the end",
                                     description="Checks every claim at an instance of its own and ends with one "
                                                 "table; Ctrl-C shows what is done by then.")
    _add_running(everything)
    everything.set_defaults(run=_check_all)
    for claim in all_claims():
        try:
            _add_claim(commands, claim)
        except argparse.ArgumentError as error:
            raise TheoryCheckError(f"The claim '{claim.name}' cannot be a command: {error}.") from None
    return parser


def _add_claim(commands: Any, claim: Any) -> None:
    command = commands.add_parser(claim.name, help=claim.title.replace("%", "%%"), allow_abbrev=False,
                                  description=f"{claim.title} ({claim.source}).", epilog=_EPILOG + _example(claim),
                                  formatter_class=argparse.RawDescriptionHelpFormatter)
    command.set_defaults(run=_check, claim=claim)
    command.example = _example(claim) if claim.example else ""
    instance = command.add_argument_group("instance")
    for field in dataclasses.fields(claim.parameters):
        required = field.default is dataclasses.MISSING
        default = "" if required or field.default is None else f" (default {field.default})"
        instance.add_argument(f"--{field.name.replace('_', '-')}", dest=f"parameter_{field.name}", required=required,
                              metavar=field.metadata["kind"].metavar,
                              help=(field.metadata["help"] + default).replace("%", "%%"))
    running = _add_running(command)
    running.add_argument("--without-hypotheses", action="store_true",
                         help="run the steps although a required hypothesis fails")
    running.add_argument("--dry-run", action="store_true",
                         help="print an estimate of time and memory, draw and check nothing")
    if claim.curves is not None:
        running.add_argument("--plot", metavar="FILE",
                             help="also draw the curves into a .png, .svg or .pdf (needs matplotlib)")


def _example(claim: Any) -> str:
    """The command at the claim's own example, without the program."""
    return " ".join([claim.name, *(f"--{name.replace('_', '-')} {value}" for name, value in claim.example.items())])


def _add_running(command: argparse.ArgumentParser) -> Any:
    """What every run takes, whatever it runs."""
    running = command.add_argument_group("running")
    running.add_argument("--seed", default="0", metavar="N", help="seed of every random draw (default 0)")
    running.add_argument("--precision", default="128", metavar="BITS",
                         help="bits at which enclosures begin, 32 to 65536; comparisons refine up to 64 times that "
                              "(default 128)")
    running.add_argument("--threads", metavar="N",
                         help="most threads that a kernel may use; results do not depend on it")
    output = command.add_argument_group("output").add_mutually_exclusive_group()
    output.add_argument("--json", action="store_true", help="the whole report on stdout, exact numbers as text")
    output.add_argument("--quiet", action="store_true", help="only the verdict")
    output.add_argument("--verbose", action="store_true", help="also methods, notes and more digits")
    return running


def _settings(arguments: argparse.Namespace) -> Any:
    from theorycheck.claims.parameters import Count
    from theorycheck.claims.run import Settings
    from theorycheck.report.progress import progress_reporter
    return Settings(seed=Count(0).read("seed", arguments.seed),
                    precision=Count(0).read("precision", arguments.precision),
                    threads=None if arguments.threads is None else Count(1).read("threads", arguments.threads),
                    without_hypotheses=getattr(arguments, "without_hypotheses", False),
                    progress=progress_reporter(sys.stderr, quiet=arguments.quiet),
                    notice=lambda text: None if arguments.quiet else _notice(text))


def _notice(text: str) -> None:
    with suppress(OSError):  # nobody reads it; the report says it again
        print(f"theorycheck: {text}", file=sys.stderr, flush=True)


def _check(arguments: argparse.Namespace) -> int:
    from theorycheck.claims.run import run_claim
    from theorycheck.registry import find_claim
    texts = {name.removeprefix("parameter_"): value for name, value in vars(arguments).items()
             if name.startswith("parameter_") and value is not None}
    parameters = arguments.claim.parameters.from_text(texts)
    settings = _settings(arguments)
    plot = getattr(arguments, "plot", None)
    if plot is not None:
        from theorycheck.report.plots import require_plot_file
        require_plot_file(plot)  # before the run, which may be long
    if arguments.dry_run:
        from theorycheck.report.json import cost_json
        from theorycheck.report.text import cost_text
        arguments.claim.prepare(parameters, settings)  # reads what only an instance can: a pattern's name, say
        cost = cost_json if arguments.json else cost_text
        _write(lambda: print(cost(arguments.claim, parameters)))
        return 0
    report = run_claim(arguments.claim, parameters, settings, find_claim)
    if arguments.json:
        from theorycheck.report.json import report_json
        _write(lambda: print(report_json(report)))
    else:
        from theorycheck.report.text import print_report
        _write(lambda: print_report(report, sys.stdout, quiet=arguments.quiet, verbose=arguments.verbose))
    if plot is not None and report.curves:
        from theorycheck.report.plots import plot_report
        plot_report(report, plot)
        settings.notice(f"the curves are in {plot}.")
    elif plot is not None:
        settings.notice("there is nothing to draw: no curve was finished.")
    return report.exit_code


def _check_all(arguments: argparse.Namespace) -> int:
    from theorycheck.registry import all_claims
    from theorycheck.report.summary import Entry, summary_exit_code, summary_json, summary_text
    from theorycheck.report.text import print_report
    settings = _settings(arguments)
    claims, entries = all_claims(), []
    for claim in claims:
        try:
            entry = _check_example(claim, settings)
        except KeyboardInterrupt:  # outside a step, where no report is left
            entry = Entry(claim, None, "interrupted before anything was decided.", exit_code=3)
        entries.append(entry)
        report = entry.report
        if report is not None and not (arguments.json or arguments.quiet):
            _write(lambda: print_report(report, sys.stdout, verbose=arguments.verbose))
            _write(lambda: print())
        if entry.is_interrupted:
            late = ", ".join(each.name for each in claims[len(entries):])
            settings.notice(f"interrupted; not reached: {late}." if late else "interrupted.")
            break
    _write(lambda: print(summary_json(entries) if arguments.json else summary_text(entries)))
    return summary_exit_code(entries)


def _check_example(claim: Any, settings: Any) -> Any:
    """Run a claim at its own example; a refusal or a crash becomes an entry, so that the others still run."""
    from time import perf_counter

    from theorycheck.claims.run import run_claim
    from theorycheck.registry import find_claim
    from theorycheck.report.summary import Entry

    def progress(done: int, total: int, title: str) -> None:
        settings.progress(done, total, f"{claim.name}: {title}" if title else "")

    start = perf_counter()
    try:
        report = run_claim(claim, claim.parameters.from_values(dict(claim.example)),
                           dataclasses.replace(settings, progress=progress), find_claim)
    except InstanceTooLarge as error:
        return Entry(claim, None, f"declined: {error}", perf_counter() - start, 4)
    except MemoryError as error:
        return Entry(claim, None, f"declined: out of memory. {error}".rstrip(), perf_counter() - start, 4)
    except TheoryCheckError as error:
        return Entry(claim, None, f"not checked: {error}", perf_counter() - start, 2)
    except Exception as error:
        _complain(f"{claim.name}: this is an error in theorycheck itself.", 5, traceback.format_exc())
        return Entry(claim, None, f"not checked: an error in theorycheck itself, {error!r}", perf_counter() - start, 5)
    return Entry(claim, report, "", perf_counter() - start, report.exit_code)


def _list(arguments: argparse.Namespace) -> int:
    from theorycheck.registry import all_claims
    from theorycheck.report.listing import claims_json, claims_text
    _write(lambda: print(claims_json(all_claims()) if arguments.json else claims_text(all_claims())))
    return 0


def _show(arguments: argparse.Namespace) -> int:
    from theorycheck.registry import find_claim
    from theorycheck.report.listing import claim_page
    page = claim_page(find_claim(arguments.claim))
    _write(lambda: print(page))
    return 0


def _prove(arguments: argparse.Namespace) -> int:
    from theorycheck.claims.verdict import Verdict
    from theorycheck.registry import find_claim
    from theorycheck.report.listing import proofs_json, proofs_text
    proofs = find_claim(arguments.claim).proofs()
    _write(lambda: print(proofs_json(proofs) if arguments.json else proofs_text(proofs, verbose=arguments.verbose)))
    return 0 if proofs and all(proof.verdict is Verdict.PROVED for proof in proofs) else 3
