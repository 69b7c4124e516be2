"""Debian's postfix and dovecot on loopback, with settings, queue and mailboxes of their own: the machine's mail is not touched."""

from __future__ import annotations

import contextlib
import imaplib
import os
import shutil
import smtplib
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench import servers
from tests.bench.servers import Server

DOMAIN = "talkoot.example"
MAILBOX = ("inbox", "a-password-of-tests")
NOBODY = 65534
SHIPPED = servers.ROOT / "deploy" / "postfix" / "talkoot-addresses"
PROGRAMS = ("/usr/sbin/postfix", "/usr/sbin/dovecot", "/usr/lib/postfix/sbin/pipe", "/usr/lib/dovecot/imap")
# Why these cannot be started; empty when they can.
MISSING = next(
    (f"needs {path}: apt-get install postfix dovecot-imapd" for path in PROGRAMS if not os.path.exists(path)), ""
)
if not MISSING and os.geteuid() != 0:
    MISSING = "postfix and dovecot are started by root alone"

SERVICES = """
pickup unix n - n 1 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""
# What a pipe's user may not run (the interpreter of a test run by root lies in root's home) is run for it by this process.
COURIER = """
use IO::Socket::UNIX;
my $socket = IO::Socket::UNIX->new(Peer => shift @ARGV) or exit 75;
print $socket join("\\0", @ARGV), "\\n";
while (read(STDIN, my $part, 65536)) { print $socket $part }
shutdown($socket, 1);
my $code = <$socket>;
exit(defined $code ? $code : 75);
"""


@dataclass(frozen=True)
class Postfix:
    """A running postfix: mail goes in at its port."""

    server: Server
    folder: Path

    def send(self, raw: bytes, to: str, sender: str) -> None:
        with smtplib.SMTP("127.0.0.1", self.server.port, timeout=10) as client:
            client.sendmail(sender, [to], raw)

    def log(self) -> str:
        path = self.folder / "postfix.txt"
        return path.read_text(errors="replace") if path.exists() else ""

    def waiting(self) -> list[Path]:
        """The mails in its queue."""
        places = ("incoming", "active", "deferred", "maildrop")
        return [p for name in places for p in (self.folder / "queue" / name).rglob("*") if p.is_file()]

    def try_again(self) -> None:
        subprocess.run(["postqueue", "-c", str(self.folder / "etc"), "-f"], check=True, timeout=10)


@contextmanager
def place() -> Iterator[Path]:
    """A folder that the servers' own users may enter."""
    folder = Path(tempfile.mkdtemp(prefix="talkoot-mail-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def postfix(folder: Path, transport: str, service: str = "", accepts: str = "") -> Iterator[Postfix]:
    """Takes mail for DOMAIN and hands it to the transport; what it cannot hand over it tries again every second.

    It accepts the addresses that the shipped table holds, or what `accepts` says.
    """
    port, etc = servers.free_port(), folder / "etc"
    for name in ("etc", "queue", "data", "mail"):
        (folder / name).mkdir(exist_ok=True)
    shutil.chown(folder / "data", "postfix")
    os.chown(folder / "mail", NOBODY, NOBODY)
    settings = {
        "compatibility_level": "3.6", "queue_directory": folder / "queue", "data_directory": folder / "data",
        "maillog_file": folder / "postfix.txt", "maillog_file_prefixes": folder,
        "inet_interfaces": "127.0.0.1", "inet_protocols": "ipv4",
        "myhostname": f"mx.{DOMAIN}", "mydestination": "", "local_recipient_maps": "", "alias_maps": "",
        "virtual_mailbox_domains": DOMAIN, "virtual_mailbox_maps": accepts or f"regexp:{etc}/talkoot-addresses",
        "virtual_transport": transport,
        "virtual_mailbox_base": folder / "mail", "virtual_uid_maps": f"static:{NOBODY}", "virtual_gid_maps": f"static:{NOBODY}",
        "virtual_minimum_uid": "100", "default_transport": "discard", "relay_transport": "discard", "mynetworks": "127.0.0.0/8",
        "smtpd_relay_restrictions": "permit_mynetworks,reject", "message_size_limit": "27000000", "mailbox_size_limit": "0",
        "virtual_mailbox_limit": "0", "queue_run_delay": "1s", "minimal_backoff_time": "1s", "maximal_backoff_time": "1s",
        "talkoot_destination_recipient_limit": "1", "export_environment": "TZ LANG",
    }  # fmt: skip
    table = SHIPPED.read_text(encoding="utf-8")
    assert "vastaus\\.example\\.fi" in table
    (etc / "talkoot-addresses").write_text(
        table.replace("vastaus\\.example\\.fi", DOMAIN.replace(".", "\\.")).replace("accepted", f"{MAILBOX[0]}/")
    )
    (etc / "main.cf").write_text("".join(f"{name} = {value}\n" for name, value in settings.items()))
    smtpd = f"127.0.0.1:{port} inet n - n - - smtpd\n"
    (etc / "master.cf").write_text(smtpd + SERVICES.lstrip() + service)
    subprocess.run(["/usr/sbin/postfix", "-c", str(etc), "check"], check=True, timeout=30, capture_output=True)
    command = ["/usr/lib/postfix/sbin/master", "-c", str(etc), "-d"]  # ends with its children when it is asked to
    with servers.running(command, folder, "postfix", port, {"MAIL_CONFIG": str(etc)}) as server:
        servers.wait_until(lambda: _greets(port, b"220"), server, "postfix to listen")
        yield Postfix(server, folder)


@contextmanager
def pipe(folder: Path, instance: Path) -> Iterator[str]:
    """The line of master.cf that pipes each mail to `talkoot mail receive`, as docs/operators.md has it."""
    path, script = folder / "courier.sock", folder / "courier.pl"
    script.write_text(COURIER)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        path.chmod(0o666)
        listener.listen()
        thread = threading.Thread(target=_serve, args=(listener, instance), daemon=True)
        thread.start()
        arguments = f"/usr/bin/perl {script} {path} --sender=${{sender}} --recipient=${{recipient}}"
        yield f"talkoot unix - n n - 2 pipe\n  flags=R user=nobody argv={arguments}\n"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def _serve(listener: socket.socket, instance: Path) -> None:
    with contextlib.suppress(OSError):
        while True:
            connection, _ = listener.accept()
            with connection, connection.makefile("rb") as said:
                arguments, raw = said.readline().decode().rstrip("\n").split("\0"), said.read()
                connection.sendall(str(_receive(arguments, raw, instance)).encode())


def _receive(arguments: list[str], raw: bytes, instance: Path) -> int:
    command = [sys.executable, "-m", "talkoot.cli", "mail", "receive", *arguments]
    environment = {**os.environ, "TALKOOT_INSTANCE": str(instance)}
    return subprocess.run(command, input=raw, env=environment, timeout=60, capture_output=True).returncode


@contextmanager
def lmtp(instance: Path) -> Iterator[Server]:
    """`talkoot mail lmtp`, on a port of loopback."""
    port = servers.free_port()
    command = [sys.executable, "-m", "talkoot.cli", "mail", "lmtp", "--listen", f"127.0.0.1:{port}"]
    with servers.running(command, instance, "lmtp", port, {}) as server:
        servers.wait_until(lambda: "lmtp_started" in server.said(), server, "LMTP to listen")
        yield server


@contextmanager
def dovecot(folder: Path) -> Iterator[Server]:
    """An IMAP server over the mailbox that postfix fills."""
    port = servers.free_port()
    for name in ("run", "state"):
        (folder / name).mkdir(exist_ok=True)
    (folder / "dovecot.conf").write_text(
        f"base_dir = {folder}/run\nstate_dir = {folder}/state\nprotocols = imap\nlisten = 127.0.0.1\nssl = no\n"
        f"disable_plaintext_auth = no\nlog_path = /dev/stderr\nmail_location = maildir:{folder}/mail/%u\n"
        f"passdb {{\n driver = static\n args = password={MAILBOX[1]}\n}}\n"
        f"userdb {{\n driver = static\n args = uid={NOBODY} gid={NOBODY} home={folder}/mail/%u\n}}\n"
        f"service imap-login {{\n inet_listener imap {{\n port = {port}\n }}\n inet_listener imaps {{\n port = 0\n }}\n}}\n"
        "namespace inbox {\n inbox = yes\n}\n"
    )
    command = ["/usr/sbin/dovecot", "-F", "-c", str(folder / "dovecot.conf")]
    with servers.running(command, folder, "dovecot", port, {}) as server:
        servers.wait_until(lambda: _greets(port, b"* OK"), server, "dovecot to listen")
        yield server


@contextmanager
def mailbox(port: int) -> Iterator[imaplib.IMAP4]:
    """A look into the mailbox, as a person would have."""
    client = imaplib.IMAP4("127.0.0.1", port, timeout=10)
    client.login(*MAILBOX)
    client.select()
    yield client
    client.logout()


def _greets(port: int, greeting: bytes) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as probe:
            return probe.recv(20).startswith(greeting)
    except OSError:
        return False
