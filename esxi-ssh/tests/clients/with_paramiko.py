"""What a program does that uses paramiko: commands, streams, files, a shell, a password."""

import os
import sys

import paramiko

host, port, known_hosts, key, password, work = sys.argv[1:7]
port = int(port)


def connected(**login):
    client = paramiko.SSHClient()
    client.load_host_keys(known_hosts)
    client.connect(host, port, username="root", allow_agent=False, look_for_keys=False, timeout=60, **login)
    return client


def run(client, line, given=b""):
    stdin, stdout, stderr = client.exec_command(line, timeout=60)
    stdin.write(given)
    stdin.channel.shutdown_write()
    return stdout.read(), stderr.read(), stdout.channel.recv_exit_status()


client = connected(key_filename=key)
out, err, status = run(client, "esxcli network nic list")
assert b"vmnic0" in out and (err, status) == (b"", 0), (out, err, status)
assert run(client, "cat; echo err >&2; exit 9", b"a\0b") == (b"a\0b", b"err\n", 9)
noise = os.urandom(2_000_000)
assert run(client, "wc -c", noise)[0].strip() == b"2000000"

shell = client.invoke_shell(width=100, height=30)
shell.settimeout(60)
shell.send(b"stty size; exit 4\n")
seen = b""
while part := shell.recv(4096):
    seen += part
assert b"30 100" in seen and shell.recv_exit_status() == 4, seen

sftp = client.open_sftp()
with sftp.open("/vmfs/volumes/from-paramiko", "wb") as file:
    file.set_pipelined(True)
    file.write(noise)
with sftp.open("/vmfs/volumes/from-paramiko", "ab") as file:
    file.write(b"the end")
assert sftp.stat("/vmfs/volumes/from-paramiko").st_size == len(noise) + 7
sftp.get("/vmfs/volumes/from-paramiko", os.path.join(work, "paramiko"))
with open(os.path.join(work, "paramiko"), "rb") as file:
    assert file.read() == noise + b"the end"
sftp.truncate("/vmfs/volumes/from-paramiko", 5)
sftp.symlink("/vmfs/volumes/from-paramiko", "/tmp/link")
assert sftp.readlink("/tmp/link") == "/vmfs/volumes/from-paramiko"
with sftp.open("/tmp/link") as file:
    assert file.read() == noise[:5]
sftp.mkdir("/tmp/folder", 0o700)
sftp.chmod("/tmp/folder", 0o755)
sftp.chdir("/tmp")
assert {"folder", "link"} <= set(sftp.listdir())
assert any(entry.longname.startswith("drwxr-xr-x") for entry in sftp.listdir_attr() if entry.filename == "folder")
sftp.rmdir("folder")
sftp.remove("link")
try:
    sftp.stat("/no/such")
    raise AssertionError("found")
except FileNotFoundError:
    pass
client.close()

# By the password method where there is one, else by keyboard-interactive: paramiko finds out by itself.
client = connected(password=password)
assert run(client, "echo in")[0] == b"in\n"
client.close()

transport = paramiko.Transport((host, port))
transport.start_client(timeout=60)
asked = []


def answer(title, instructions, prompts):
    asked.append(prompts)
    return [password for _ in prompts]


transport.auth_interactive("root", answer)
assert transport.is_authenticated() and asked[0] == [("Password: ", False)], asked
transport.close()

try:
    connected(password="wrong")
    raise AssertionError("in by a wrong password")
except paramiko.AuthenticationException:
    pass
