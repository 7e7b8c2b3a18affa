"""dd.gz from Python, with the standard library's gzip as second opinion."""

import gzip
import os
import sys
import threading

import pytest

import esxi

MIB = 1 << 20


@pytest.fixture
def disk(tmp_path):
    """8 MiB with a hole between two data stretches."""
    path = tmp_path / "disk.raw"
    with open(path, "wb") as file:
        file.write(b"start" * 1000)
        file.seek(6 * MIB)
        file.write(os.urandom(MIB))
        file.truncate(8 * MIB)
    return path


def test_there_and_back(disk, tmp_path):
    packed, again = tmp_path / "disk.dd.gz", tmp_path / "again.raw"
    summary = esxi.pack(disk, packed, threads=2)
    assert summary.raw == 8 * MIB and summary.packed == packed.stat().st_size
    assert summary.zeros > 6 * MIB
    assert gzip.decompress(packed.read_bytes()) == disk.read_bytes()
    assert esxi.unpack(str(packed), str(again)).raw == 8 * MIB
    assert again.read_bytes() == disk.read_bytes()
    if sys.platform == "linux":
        assert again.stat().st_blocks * 512 < 2 * MIB


def test_an_ordinary_gzip_is_read(tmp_path):
    packed, raw = tmp_path / "x.gz", tmp_path / "x"
    packed.write_bytes(gzip.compress(b"hello" * 1000))
    esxi.unpack(packed, raw)
    assert raw.read_bytes() == b"hello" * 1000


def test_a_cut_off_file_is_an_image_error_and_leaves_nothing(disk, tmp_path):
    packed, raw = tmp_path / "x.gz", tmp_path / "x"
    esxi.pack(disk, packed)
    packed.write_bytes(packed.read_bytes()[:-100])
    with pytest.raises(esxi.ImageError) as caught:
        esxi.unpack(packed, raw)
    assert caught.value.code == "IMG001" and isinstance(caught.value, OSError)
    assert sorted(os.listdir(tmp_path)) == ["disk.raw", "x.gz"]
    with pytest.raises(OSError, match="nowhere"):
        esxi.unpack(tmp_path / "nowhere", raw)


def test_progress_is_told_and_may_stop(disk, tmp_path):
    seen = []
    esxi.pack(disk, tmp_path / "a.gz", progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (8 * MIB, 8 * MIB) and seen == sorted(seen)
    with pytest.raises(esxi.ImageError) as caught:
        esxi.pack(disk, tmp_path / "b.gz", progress=lambda done, total: False)
    assert caught.value.code == "IMG006"
    assert not (tmp_path / "b.gz").exists()


def test_an_exception_in_progress_comes_out_whole(disk, tmp_path):
    class Mine(Exception):
        pass

    def progress(done, total):
        raise Mine("enough")

    with pytest.raises(Mine, match="enough"):
        esxi.pack(disk, tmp_path / "b.gz", progress=progress)
    assert not (tmp_path / "b.gz").exists()


def test_other_threads_run_meanwhile(disk, tmp_path):
    """The other thread's answer is waited for inside the call: with the lock held that would never come."""
    asked, answered = threading.Event(), threading.Event()

    def other():
        asked.wait()
        answered.set()

    thread = threading.Thread(target=other)
    thread.start()

    def progress(done, total):
        asked.set()
        return answered.wait(30)

    esxi.pack(disk, tmp_path / "a.gz", progress=progress)
    thread.join()
