"""The command line: ``fake-ims serve | demo | operations | errors | settings``."""

from __future__ import annotations

import argparse
import contextlib
import functools
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NoReturn

from fake_ims import __version__
from fake_ims.settings import SettingError, Settings, from_environment, parse_setting
from fake_ims.texts import nearest

DEFAULT_PORT = 8787
"""Where ``serve`` listens when nothing else is said: a person wants to find it again."""


class _Parser(argparse.ArgumentParser):
    """Names the nearest flag when one is not known.

    Its help has a fixed width: to find the terminal's costs argparse a twentieth of a cold start.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(
            allow_abbrev=False,
            formatter_class=functools.partial(argparse.HelpFormatter, width=100),
            **options,
        )

    def error(self, message: str) -> NoReturn:
        prefix = "unrecognized arguments: "
        if message.startswith(prefix):
            flags = [flag for action in self._all_actions() for flag in action.option_strings]
            wrong = message.removeprefix(prefix).split()[0].partition("=")[0]
            message += nearest(wrong, flags)
        super().error(message)

    def _all_actions(self) -> list[argparse.Action]:
        actions = list(self._actions)
        for action in self._actions:
            if isinstance(action, argparse._SubParsersAction):
                actions += [each for parser in action.choices.values() for each in parser._actions]
        return actions


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit code: 0, 1 when it cannot be done, 2 for a mistake in the call."""
    parser = _make_parser()
    options = parser.parse_args(arguments)
    if options.command is None:
        parser.print_help()
        return 2
    try:
        return int(options.run(options))
    except SettingError as error:
        print(f"fake-ims: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # The reader of a table has seen enough; nothing is left to be flushed to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _make_parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="fake-ims",
        description="A local in-memory fake of Alibaba Cloud Intelligent Media Services (IMS/ICE).",
    )
    parser.add_argument("--version", action="version", version=f"fake-ims {__version__}")
    settings_of_a_world = _Parser(add_help=False)
    _add_settings(settings_of_a_world)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)

    serve = commands.add_parser(
        "serve",
        help="serve until interrupted",
        description="Serve one fake cloud until interrupted. Each flag has an environment twin.",
        parents=[settings_of_a_world],
    )
    serve.add_argument("--quiet", action="store_true", help="do not print each call and event")
    serve.set_defaults(run=_serve)

    demo = commands.add_parser(
        "demo",
        help="register an asset before your eyes",
        description="Start a server, register an asset, wait, read it back, try the duplicate, "
        "overwrite it; with the official Python SDK if it is installed.",
        parents=[settings_of_a_world],
    )
    demo.add_argument(
        "input_url",
        nargs="?",
        default="https://example-bucket.oss-cn-shanghai.aliyuncs.com/trailer.mp4",
        metavar="InputURL",
        help="what to register (default: %(default)s)",
    )
    demo.set_defaults(run=_demo)

    operations = commands.add_parser("operations", help="list what is implemented")
    operations.add_argument("--all", action="store_true", help="name the others as well")
    operations.set_defaults(run=_operations)

    errors = commands.add_parser("errors", help="list every error and how it is known")
    errors.set_defaults(run=_errors)

    settings = commands.add_parser("settings", help="list every setting")
    settings.set_defaults(run=_settings)
    return parser


def _add_settings(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("settings")
    for info in Settings.table.values():
        if info.scope != "pytest":
            group.add_argument(
                info.flag,
                dest=f"setting_{info.name}",
                metavar=info.form.replace(" ", "").upper() if "|" not in info.form else "VALUE",
                help=f"{info.help} ({info.form}) [{info.environment}]".replace("%", "%%"),
            )


def _chosen(options: argparse.Namespace) -> dict[str, Any]:
    """The settings of the environment, and over them those of the command line.

    :raises SettingError: for one that does not exist, or a value that it does not take.
    """
    chosen = {
        name: value
        for name, value in from_environment().items()
        if Settings.table[name].scope != "pytest"
    }
    for name, info in Settings.table.items():
        text = getattr(options, f"setting_{name}", None)
        if text is not None:
            chosen[name] = parse_setting(name, text, called=info.flag)
    return chosen


def _serve(options: argparse.Namespace) -> int:
    from fake_ims.addresses import ListenError
    from fake_ims.fake import FakeIms

    settings = {"port": DEFAULT_PORT, **_chosen(options)}
    if not options.quiet:
        _log_to_stderr()
    with _signals() as wait:
        try:
            ims = FakeIms(**settings).start()
        except ListenError as error:
            print(f"fake-ims: {error}", file=sys.stderr)
            return 1
        with ims:
            print(_banner(ims), flush=True)
            wait()
    print("fake-ims: ended", flush=True)
    return 0


@contextlib.contextmanager
def _signals() -> Iterator[Callable[[], object]]:
    """A function that waits for SIGINT or SIGTERM, and returns at once if one has come already.

    The handler does nothing, above all it takes no lock, which the thread that it interrupts might
    hold: Python itself writes each signal to a socket.
    """
    receiver, sender = socket.socketpair()
    with receiver, sender:
        sender.setblocking(False)
        before = signal.set_wakeup_fd(sender.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: None)
        yield lambda: receiver.recv(1)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)  # the end has begun, and is short
        signal.set_wakeup_fd(before)


def _log_to_stderr() -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(message)s"))
    logger = logging.getLogger("fake_ims")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)


def _banner(ims: Any) -> str:
    from fake_ims.fake import PROXY_VARIABLES

    mode = "" if ims.settings.mode == "open" else f", mode {ims.settings.mode}"
    world = f"region {ims.region}, seed {ims.world.seed}{mode}"
    lines = [
        f"fake-ims {__version__} listens on {ims.url} ({world})",
        "",
        "Point the official Python SDK at it:",
        f'    Config(access_key_id="{ims.access_key_id}",',
        f'           access_key_secret="{ims.access_key_secret}",',
        f'           region_id="{ims.region}", endpoint="{ims.endpoint}", protocol="http")',
        "",
    ]
    if ims.settings.mode != "enforce":  # which refuses what is not signed
        curl = f"    curl '{ims.url}/?Action=RegisterMediaInfo&InputURL=oss://bucket/a.mp4'"
        lines[-1:] = ["or try:", curl, ""]
    proxies = [name for name in PROXY_VARIABLES if os.environ.get(name)]
    lines += [
        "The SDK sends even loopback calls to HTTP_PROXY and ignores NO_PROXY: unset it in the",
        f"client's environment. Here {', '.join(proxies) or 'no proxy variable'} is set.",
        "",
        "Ready. Ctrl-C ends it.",
    ]
    return "\n".join(lines)


def _demo(options: argparse.Namespace) -> int:
    from fake_ims.addresses import ListenError
    from fake_ims.demo import run

    try:
        return run(options.input_url, _chosen(options))
    except ListenError as error:
        print(f"fake-ims: {error}", file=sys.stderr)
        return 1


def _operations(options: argparse.Namespace) -> int:
    from fake_ims.tables import operations_table

    print(operations_table(everything=options.all))
    return 0


def _errors(options: argparse.Namespace) -> int:
    from fake_ims.tables import errors_table

    print(errors_table())
    return 0


def _settings(options: argparse.Namespace) -> int:
    from fake_ims.tables import settings_table

    print(settings_table())
    return 0
