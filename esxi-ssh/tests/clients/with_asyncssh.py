"""What a program does that uses asyncssh: commands, streams, files, a terminal, a password."""

import asyncio
import os
import sys

import asyncssh

host, port, known_hosts, key, password, work = sys.argv[1:7]
port = int(port)
# A host before 6.0 signs with SHA-1 only, which asyncssh has to be asked for.
options = {"server_host_key_algs": "+ssh-rsa", "signature_algs": "+ssh-rsa"} if "old" in sys.argv[7:] else {}


async def by_key():
    async with asyncssh.connect(
        host, port, username="root", known_hosts=known_hosts, client_keys=[key], agent_path=None, **options
    ) as ssh:
        listed = await ssh.run("esxcli network nic list")
        assert listed.exit_status == 0 and "vmnic0" in listed.stdout, listed
        # A command of the model, a pipe and a shell's own words; streams and status kept apart.
        mixed = await ssh.run("esxcli network nic list | grep -c vmnic0; echo err >&2; exit 9")
        assert (mixed.stdout, mixed.stderr, mixed.exit_status) == ("1\n", "err\n", 9), mixed
        echoed = await ssh.run("cat", input=bytes(range(256)) * 4000, encoding=None)
        assert echoed.stdout == bytes(range(256)) * 4000
        # Several at once on one connection.
        several = await asyncio.gather(*(ssh.run(f"echo {n}") for n in range(8)))
        assert [one.stdout for one in several] == [f"{n}\n" for n in range(8)]

        async with ssh.create_process("sleep 1000") as process:
            process.terminate()
            ended = await asyncio.wait_for(process.wait(), 30) if "signals" in sys.argv[7:] else process.kill()
            assert "signals" not in sys.argv[7:] or ended.exit_signal[0] == "TERM", ended

        async with ssh.create_process(term_type="xterm", term_size=(100, 30)) as process:
            process.stdin.write("stty size; exit 4\n")
            assert "30 100" in await process.stdout.read()
            await process.wait()
            assert process.exit_status == 4

        async with ssh.start_sftp_client() as sftp:
            content = os.urandom(300_000)
            async with sftp.open("/vmfs/volumes/from-asyncssh", "wb") as file:
                await file.write(content)
            await sftp.get("/vmfs/volumes/from-asyncssh", os.path.join(work, "asyncssh"))
            with open(os.path.join(work, "asyncssh"), "rb") as file:
                assert file.read() == content
            await sftp.makedirs("/tmp/one/two", exist_ok=True)
            assert "two" in await sftp.listdir("/tmp/one")
            assert (await sftp.stat("/vmfs/volumes/from-asyncssh")).size == len(content)
            await sftp.rename("/vmfs/volumes/from-asyncssh", "/vmfs/volumes/renamed")
            assert not await sftp.exists("/vmfs/volumes/from-asyncssh")
            assert await sftp.realpath("/vmfs/../tmp/./one") == "/tmp/one"
            await sftp.rmtree("/tmp/one")

        await asyncssh.scp((ssh, "/vmfs/volumes/renamed"), os.path.join(work, "scp"))
        await asyncssh.scp(os.path.join(work, "scp"), (ssh, "/tmp/scp"))
        assert (await ssh.run("cmp /tmp/scp /vmfs/volumes/renamed")).exit_status == 0

        try:
            await ssh.open_connection("127.0.0.1", 1)
            raise AssertionError("forwarded")
        except asyncssh.ChannelOpenError:
            pass


async def by_password():
    async with asyncssh.connect(
        host, port, username="root", known_hosts=known_hosts, client_keys=None, agent_path=None,
        password=password, **options
    ) as ssh:
        assert (await ssh.run("echo in")).stdout == "in\n"


asyncio.run(by_key())
asyncio.run(by_password())
