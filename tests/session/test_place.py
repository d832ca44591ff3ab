from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from gpuready.session.holder import holder
from gpuready.session.place import filesystem, journal_for
from gpuready.session.replica import replica_of

MOUNTS = """\
22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
30 22 0:40 / /mnt/nfs rw - nfs4 server:/export rw
31 22 0:41 / /mnt/nfs/local rw - xfs /dev/vdb rw
32 22 0:42 / /mnt/two\\040words rw master:1 - fuse.sshfs host: rw
33 22 0:43 / /mnt/over rw - ext4 /dev/vdc rw
34 22 0:44 / /mnt/over rw - cifs //server/share rw
35 22 0:45 / /mnt/lustre rw - lustre mgs:/fs rw
garbage
"""


@pytest.mark.parametrize(
    ("path", "kind", "journal"),
    [
        ("/root/site", "ext4", "wal"),
        ("/mnt/nfs/site", "nfs4", "delete"),
        ("/mnt/nfs", "nfs4", "delete"),
        ("/mnt/nfs2/site", "ext4", "wal"),
        ("/mnt/nfs/local/deep/site", "xfs", "wal"),
        ("/mnt/two words/site", "fuse.sshfs", "delete"),
        ("/mnt/over/site", "cifs", "delete"),
        ("/mnt/lustre/site", "lustre", "delete"),
    ],
)
def test_the_longest_and_last_mount_tells(tmp_path: Path, path: str, kind: str, journal: str) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS)
    assert filesystem(Path(path), mounts) == kind
    assert journal_for(Path(path), mounts) == journal


@pytest.mark.parametrize(
    ("kind", "journal"),
    [(kind, "wal") for kind in ("ext4", "xfs", "btrfs", "zfs", "tmpfs", "overlay", "f2fs")]
    + [
        (kind, "delete")
        for kind in ("nfs", "nfs4", "cifs", "smb3", "fuse", "fuse.glusterfs", "9p", "lustre", "gpfs", "ceph")
    ],
)
def test_shared_file_systems_get_a_rollback_journal(tmp_path: Path, kind: str, journal: str) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"1 0 0:1 / / rw - {kind} x rw\n")
    assert journal_for(Path("/site"), mounts) == journal


def test_where_the_kind_cannot_be_told_the_safe_journal_is_used(tmp_path: Path) -> None:
    assert journal_for(tmp_path, tmp_path / "missing") == "delete"
    assert filesystem(tmp_path) != ""  # the kernel of this machine tells


def test_a_link_counts_where_it_leads(tmp_path: Path) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"1 0 0:1 / / rw - ext4 x rw\n2 1 0:2 / {tmp_path}/share rw - nfs x rw\n")
    (tmp_path / "share").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "share")
    assert journal_for(tmp_path / "link" / "site", mounts) == "delete"


def test_a_replica_is_of_session_file_and_place(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.touch()
    other.touch()
    name = replica_of("s", one)
    assert len(name) == 12
    assert name == replica_of("s", one)
    assert name != replica_of("t", one)
    assert name != replica_of("s", other)
    moved = one.rename(tmp_path / "moved")
    assert name != replica_of("s", moved)


def test_without_a_lock_some_other_program_is_named(tmp_path: Path) -> None:
    path = tmp_path / "site"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")  # our own lock is not another's
    assert holder(path) == "another program"
    connection.close()
    assert holder(tmp_path / "missing") == "another program"
