"""Run a notebook server for a command: where it listens, who may come in, and how it ends."""

from __future__ import annotations

import argparse
import ipaddress
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
import webbrowser
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

from carbonlab.cli.output import say, say_json, tell
from carbonlab.errors import ExecutionError, RefusedError

LOOPBACK = "127.0.0.1"
SHORTEST_TOKEN = 16
"""[characters] A shorter token could be guessed by trying."""
PATIENCE = 60.0
"""[s] until a server that does not answer counts as failed."""


@dataclass(frozen=True)
class Address:
    """Where a server listens.

    Attributes
    ----------
    ip : str
        Interface; every interface of the machine is ``0.0.0.0`` or ``::``.
    port : int
        Free when it was chosen.
    token : str
        What a visitor has to know; empty where nobody is asked.
    """

    ip: str
    port: int
    token: str = ""

    @property
    def url(self) -> str:
        """The address for a browser, with the token."""
        host = socket.gethostname() if _is_everywhere(self.ip) else self.ip
        name = f"[{host}]" if ":" in host else host
        return f"http://{name}:{self.port}/" + (f"?token={self.token}" if self.token else "")


def add_server_arguments(parser: argparse.ArgumentParser, port: int) -> None:
    """Add where the server listens and who may come in."""
    parser.add_argument(
        "--ip",
        default=LOOPBACK,
        help=f"interface to listen on (default: {LOOPBACK}, this machine only); 0.0.0.0 for all of them",
    )
    parser.add_argument(
        "--port",
        type=int,
        default=None,
        metavar="N",
        help=f"port (default: {port}, or another if it is taken; 0: any)",
    )
    parser.add_argument(
        "--token",
        default=None,
        help="what a visitor has to know (default: made up anew; JUPYTER_TOKEN of the environment is taken too)",
    )
    parser.add_argument("--no-browser", action="store_true", help="open no browser, only print the address")


def chosen_address(given: argparse.Namespace, port: int, *, asks_at_home: bool) -> Address:
    """Return where a command's server listens.

    Parameters
    ----------
    given : argparse.Namespace
        With the arguments of `add_server_arguments`.
    port : int
        Taken if none is asked for and it is free.
    asks_at_home : bool
        Whether visitors from this machine have to know a token, too.

    Raises
    ------
    RefusedError
        If the token is too short, or the port that was asked for is taken.
    """
    token = given.token if given.token is not None else os.environ.get("JUPYTER_TOKEN", "")
    if not token and (asks_at_home or not is_loopback(given.ip)):
        token = secrets.token_urlsafe(24)
    if token and len(token) < SHORTEST_TOKEN:
        raise RefusedError(
            f"the token has {len(token)} characters, and {SHORTEST_TOKEN} are the least",
            where="--token, or JUPYTER_TOKEN",
            why="who guesses it can run programs on this machine",
            remedy="leave --token out: a safe one is made up",
        )
    return Address(given.ip, _free_port(given.ip, given.port, port), token)


def is_loopback(ip: str) -> bool:
    """Whether an interface can be reached from this machine only.

    Examples
    --------
    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    if ip == "localhost":
        return True
    try:
        return ipaddress.ip_address(ip).is_loopback
    except ValueError:
        return False


def check_installed(*modules: str) -> None:
    """Check that the notebook tools are there.

    Raises
    ------
    ExecutionError
        If a module is missing.
    """
    missing = [module for module in modules if find_spec(module) is None]
    if missing:
        raise ExecutionError(
            f"the notebook tools are not installed: {', '.join(missing)}",
            why="they are an extra, so that a script or the command line does without them",
            remedy='pip install "carbonlab[lab]"; in a checkout: pip install -e ".[lab]"',
        )


def kernel_encryption() -> str:
    """Return the policy for the connections between a server and its kernels: encrypted where both sides can.

    They stay on this machine, but other users of it could listen.
    """
    import zmq

    return "auto" if zmq.has("curve") else "disabled"


def serve(
    command: Sequence[str],
    address: Address,
    *,
    folder: Path,
    environment: Mapping[str, str],
    what: str,
    path: str = "",
    has_browser: bool = True,
    as_json: bool = False,
) -> int:
    """Run a server until it ends or is interrupted; return its exit code.

    Parameters
    ----------
    command : sequence of str
        Arguments for this Python.
    address : Address
        Where the server listens; it is announced, and opened in a browser, once it answers there.
    folder : Path
        Where the server runs.
    environment : mapping
        What the server's environment has beyond ours.
    what : str
        What is served, in words.
    path : str
        Of the page that is opened, without a slash at its beginning.
    has_browser : bool
        Whether a browser is opened.
    as_json : bool
        Whether the address is printed as a JSON object.

    Raises
    ------
    ExecutionError
        If the server ends, or is silent, before it answers.
    """
    page = address.url.replace("/?", f"/{path}?") if address.token else address.url + path
    with _ended_by_signals():
        server = subprocess.Popen([sys.executable, *command], cwd=folder, env={**os.environ, **environment})
        try:
            _wait_until_answers(server, address)
            if as_json:
                say_json({"url": page, "what": what})
                sys.stdout.flush()
            else:
                say(f"{what}: {page}")
                say("Ctrl-C ends it")
                sys.stdout.flush()
            if has_browser:
                webbrowser.open(page)
            return server.wait()
        except KeyboardInterrupt:
            tell("\nended")
            return 0
        finally:
            _end(server)


def _free_port(ip: str, asked: int | None, preferred: int) -> int:
    """Return the port that was asked for, else the preferred one, else any; it is free now."""
    if asked:
        if not _is_free(ip, asked):
            raise RefusedError(
                f"nothing can listen on port {asked} of {ip}",
                where="--port, --ip",
                why="another program holds it, or this machine has no such interface",
                remedy="leave --port out: a free one is taken",
            )
        return asked
    if asked is None and preferred and _is_free(ip, preferred):
        return preferred
    with _bound(ip, 0) as taken:
        return int(taken.getsockname()[1])


def _is_free(ip: str, port: int) -> bool:
    try:
        with _bound(ip, port):
            return True
    except (OSError, OverflowError):
        return False


@contextmanager
def _bound(ip: str, port: int) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as taken:
        if (
            os.name == "posix"
        ):  # a port that was left a moment ago is free; on Windows the option means something else
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((ip, port))
        yield taken


def _wait_until_answers(server: subprocess.Popen[bytes], address: Address) -> None:
    host = LOOPBACK if _is_everywhere(address.ip) and ":" not in address.ip else address.ip
    last = time.monotonic() + PATIENCE
    while time.monotonic() < last:
        if server.poll() is not None:
            raise ExecutionError(
                f"the server ended with exit code {server.returncode} before it answered",
                where=f"{address.ip}:{address.port}",
                remedy="what it printed above says why",
            )
        try:
            with socket.create_connection((host, address.port), timeout=1.0):
                return
        except OSError:
            time.sleep(0.1)
    raise ExecutionError(
        f"the server did not answer within {PATIENCE:.0f} seconds", where=f"{address.ip}:{address.port}"
    )


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Turn a request to terminate into an interruption, so that the server does not outlive its command."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(number: int, frame: object) -> NoReturn:
    raise KeyboardInterrupt


def _end(server: subprocess.Popen[bytes]) -> None:
    """End a server, with the kernels that it runs."""
    if server.poll() is None:
        server.terminate()
    try:
        server.wait(timeout=15.0)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _is_everywhere(ip: str) -> bool:
    try:
        return ipaddress.ip_address(ip).is_unspecified
    except ValueError:
        return False
