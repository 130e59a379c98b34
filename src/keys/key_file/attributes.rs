//! What a file has besides its content, owner and mode: access control lists and other extended
//! attributes (xattr(7)). A file that replaces another one gets the same.

use rustix::fs::XattrFlags;
use rustix::io::{Errno, Result};
use std::fs::File;

/// More than Linux lets a file have (XATTR_LIST_MAX, XATTR_SIZE_MAX).
const MOST: usize = 64 * 1024;

/// Gives `new` the attributes of `old`, and takes from it those that its directory gave it.
///
/// # Errors
///
/// If who may access the file would not be the same as before. Notes of other programs are copied
/// as far as the system allows.
pub(super) fn copy(old: &File, new: &File) -> Result<()> {
    let wanted = names(old)?;
    for name in names(new)?.iter().filter(|name| is_access(name) && !wanted.contains(name)) {
        rustix::fs::fremovexattr(new, name.as_str())?;
    }
    for name in &wanted {
        let Some(value) = value(old, name)? else { continue };
        if self::value(new, name).ok().flatten().is_some_and(|it| it == value) {
            continue;
        }
        let copied = rustix::fs::fsetxattr(new, name.as_str(), &value, XattrFlags::empty());
        if is_access(name) {
            copied?;
        }
    }
    Ok(())
}

/// Whether an attribute says who may access the file: POSIX and NFSv4 access control lists.
fn is_access(name: &str) -> bool {
    name.starts_with("system.")
}

/// The attributes worth copying; those of the system's own are about this one file.
fn names(file: &File) -> Result<Vec<String>> {
    let mut list = vec![0; MOST];
    let length = match rustix::fs::flistxattr(file, &mut list[..]) {
        Err(Errno::OPNOTSUPP | Errno::NOSYS) => 0,
        length => length?,
    };
    let names = list[..length].split(|byte| *byte == 0).map(String::from_utf8_lossy);
    Ok(names
        .filter(|name| is_access(name) || name.starts_with("user.") || name == "security.selinux")
        .map(Into::into)
        .collect())
}

/// `None` if it is gone.
fn value(file: &File, name: &str) -> Result<Option<Vec<u8>>> {
    let mut value = vec![0; MOST];
    match rustix::fs::fgetxattr(file, name, &mut value[..]) {
        Ok(length) => {
            value.truncate(length);
            Ok(Some(value))
        }
        Err(Errno::NODATA) => Ok(None),
        Err(error) => Err(error),
    }
}
