//! A file written as a whole: whoever reads it sees the old content or the new, never a part.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

/// Writes a file, replacing what is there. A file that is replaced keeps its permissions, a symbolic link goes on
/// pointing to it; devices and pipes are written to.
pub(crate) fn write_whole(path: &Path, content: &[u8]) -> io::Result<()> {
    let target = match path.canonicalize() {
        Ok(target) => target,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => path.to_owned(),
        Err(cause) => return Err(cause),
    };
    let present = target.metadata().ok();
    if present.as_ref().is_some_and(|present| !present.is_file()) {
        return fs::write(&target, content);
    }
    let directory = target.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.prefix(".jules-").tempfile_in(directory)?;
    file.write_all(content)?;
    if let Some(present) = present {
        fs::set_permissions(file.path(), present.permissions())?;
    }
    file.persist(&target)?;
    Ok(())
}
