"""Debian's exim on a free loopback port, and what it delivered, read by Python's email library."""
import email
import email.policy
import os
import socket
import subprocess
import tempfile

from world import die_with_parent, free_port, wait_for

EXIM = "/usr/sbin/exim4"
EXIM_CONFIGURATION = """
primary_hostname = mx.loopback.example
exim_user = {user}
exim_group = {group}
spool_directory = {folder}/spool
log_file_path = {folder}/log/%slog
pid_file_path = {folder}/exim.pid
keep_environment =
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
never_users =
host_lookup =
rfc1413_query_timeout = 0s
queue_only = false
smtp_accept_max = 0
smtp_accept_queue_per_connection = 0
smtp_accept_max_per_connection = 100000
prdr_enable = false
chunking_advertise_hosts =
acl_smtp_rcpt = check_rcpt
acl_smtp_data = accept
{tls}
begin acl
check_rcpt:
  deny  local_parts = nobody
        message = 5.1.1 no such user
  defer local_parts = later
        message = 4.2.1 mailbox busy
  {gate}
begin routers
everyone:
  driver = accept
  transport = folder
begin transports
folder:
  driver = appendfile
  directory = {folder}/mail
  create_directory = true
  maildir_format
  user = {user}
  group = {group}
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_condition = ${{if and{{{{eq{{$auth2}}{{{login}}}}}{{eq{{$auth3}}{{{password}}}}}}}}}
  server_set_id = $auth2
"""


class Mailbox:
    """Debian's exim on a free loopback port; every recipient lands in one maildir.

    With tls=True it offers STARTTLS under a certificate of its own (self.certificate) and takes mail
    only after AUTH PLAIN. nobody@... is refused with 550, later@... put off with 451.
    """

    login, password = "perennial", "loopback-password"

    def __init__(self, tls=False):
        if not os.path.exists(EXIM):
            raise FileNotFoundError("exim4 is not installed (package exim4-daemon-light)")
        self.folder = tempfile.mkdtemp(prefix="mailbox.")
        os.chmod(self.folder, 0o755)
        self.port = free_port()
        self.certificate = None
        lines = ["auth_advertise_hosts = *", "tls_advertise_hosts ="]
        if tls:
            self.certificate = os.path.join(self.folder, "certificate.pem")
            self._make_certificate()
            lines = ["tls_advertise_hosts = *", f"tls_certificate = {self.certificate}",
                     f"tls_privatekey = {self.folder}/key.pem",
                     "auth_advertise_hosts = ${if def:tls_in_cipher{*}}"]
        self._configure("\n".join(lines), "accept authenticated = *" if tls else "accept")
        self.process = subprocess.Popen([EXIM, "-C", self.folder + "/exim.conf", "-bdf", "-q1m"],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL,
                                        preexec_fn=die_with_parent)
        if not wait_for(self._answers):
            self.stop()
            raise RuntimeError("exim did not start")

    def _make_certificate(self):
        """A certificate for 127.0.0.1, its own authority."""
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
             "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
             "-keyout", self.folder + "/key.pem", "-out", self.certificate],
            check=True, capture_output=True)

    def _configure(self, tls, gate):
        """Write the configuration; exim reads it as given because it names its own user."""
        user, group = ("mail", "mail") if os.geteuid() == 0 else (os.geteuid(), os.getegid())
        for name in ("spool", "log", "mail"):
            os.mkdir(os.path.join(self.folder, name))
        text = EXIM_CONFIGURATION.format(
            folder=self.folder, port=self.port, user=user, group=group, tls=tls, gate=gate,
            login=self.login, password=self.password)
        with open(self.folder + "/exim.conf", "w", encoding="utf-8") as handle:
            handle.write(text)
        if os.geteuid() == 0:
            subprocess.run(["chown", "-R", f"{user}:{group}", self.folder], check=True)
            os.chown(self.folder + "/exim.conf", 0, 0)

    def _answers(self):
        """Whether it greets."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as connection:
                return connection.recv(3) == b"220"
        except OSError:
            return False

    def paths(self):
        """Files of delivered messages, oldest first."""
        folder = os.path.join(self.folder, "mail", "new")
        if not os.path.isdir(folder):
            return []
        return sorted((os.path.join(folder, name) for name in os.listdir(folder)),
                      key=lambda path: (os.path.getmtime(path), path))

    def messages(self, settle_s=60):
        """Delivered messages, parsed by Python's email library, once the queue is empty."""
        wait_for(lambda: not self.queued(), settle_s)
        found = []
        for path in self.paths():
            with open(path, "rb") as handle:
                found.append(email.message_from_binary_file(handle, policy=email.policy.default))
        return found

    def queued(self):
        """Messages accepted and not yet delivered."""
        folder = os.path.join(self.folder, "spool", "input")
        return [n for _, _, names in os.walk(folder) for n in names if n.endswith("-H")]

    def stop(self):
        """End it and leave nothing behind."""
        self.process.terminate()
        self.process.wait(60)
        wait_for(lambda: not self.queued(), 1)
        subprocess.run(["rm", "-rf", self.folder], check=False)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def body_text(message, kind):
    """The decoded text of the first part of a kind ('plain' or 'html'), or ''."""
    part = message.get_body(preferencelist=(kind,))
    return part.get_content() if part is not None else ""
