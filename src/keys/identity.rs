//! A key to log in with: its public key, and whatever can sign with the private key, which is
//! unlocked at most once per run.

use crate::error::{Failure, Kind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ssh_key::{Algorithm, Certificate, Fingerprint, HashAlg, PrivateKey, PublicKey};
use tokio::sync::Mutex;

use crate::credentials::Credentials;
use crate::keys::key_file::{self, Fault, KeyFile, KeyPair, Named, Private};
use crate::prompter::{self, Answer, Question};
use crate::secret::Passphrase;

/// How often the user may mistype a passphrase, as in ssh.
const PASSPHRASE_TRIES: usize = 3;

/// One key, by its public key, or a certificate for it.
#[derive(Clone)]
pub struct Identity {
    name: String,
    /// As it was named.
    file: Option<PathBuf>,
    public: PublicKey,
    certificate: Option<Arc<Certificate>>,
    /// The certificate that its `.pub` holds in place of the key.
    beside: Option<Arc<Certificate>>,
    private: Option<Arc<Private>>,
    agent: Option<InAgent>,
    /// Shared by a key and all of its certificates.
    unlocked: Arc<Mutex<Option<Arc<PrivateKey>>>>,
}

/// The agent that has the private key.
#[derive(Clone)]
struct InAgent {
    socket: PathBuf,
    /// The agent's name for it: the public key, or the certificate, as listed.
    blob: Vec<u8>,
}

/// Why a key cannot sign.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "both are explained where they come from")]
pub enum Error {
    #[error(transparent)]
    KeyFile(#[from] key_file::Error),
    #[error(transparent)]
    Prompter(#[from] prompter::Error),
}

impl Failure for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::KeyFile(error) => error.kind(),
            Self::Prompter(error) => error.kind(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::KeyFile(error) => error.hint(),
            Self::Prompter(error) => error.hint(),
        }
    }
}

impl Error {
    /// The key `name` needs a passphrase, and the user must not be asked for it.
    pub(crate) fn locked(name: &str) -> Self {
        Self::KeyFile(key_file::Error::Key {
            name: name.to_owned(),
            fault: Fault::PassphraseNeeded,
        })
    }
}

impl Identity {
    /// The key that `file` names by its private or its public file. A private key is loaded too if
    /// it exists. It is unlocked now if a passphrase was given, so that a wrong one is found before
    /// anything is done, and if only the passphrase shows the public key (an encrypted PEM file
    /// without a `.pub`).
    ///
    /// # Errors
    ///
    /// Those of [`KeyFile::read_pair`] and [`unlock`].
    pub async fn load(file: &KeyFile, credentials: &Credentials) -> Result<Self, Error> {
        Self::of_pair(file, file.read_pair()?, credentials).await
    }

    /// As [`Identity::load`], or the certificate in `file` and its key: the private key of
    /// `KEY-cert.pub` is in `KEY`, or in an agent.
    ///
    /// # Errors
    ///
    /// Those of [`KeyFile::read_named`] and [`unlock`].
    pub async fn load_key_or_certificate(
        file: &KeyFile,
        credentials: &Credentials,
    ) -> Result<Self, Error> {
        let certificate = match file.read_named()? {
            Named::Key(pair) => return Self::of_pair(file, *pair, credentials).await,
            Named::Certificate(certificate) => Arc::<Certificate>::from(certificate),
        };
        let name = file.path().to_str().and_then(|name| name.strip_suffix("-cert.pub"));
        let alone = || Self::public_only(String::new(), certificate.public_key().clone().into());
        let key = match name.map(KeyFile::new) {
            Some(key) => match Self::load(&key, credentials).await {
                Err(Error::KeyFile(key_file::Error::Missing { .. })) => alone(),
                loaded => loaded?,
            },
            None => alone(),
        };
        Ok(key.certified(certificate.clone()).named(file.path()))
    }

    async fn of_pair(
        file: &KeyFile,
        KeyPair { private, public, certificate }: KeyPair,
        credentials: &Credentials,
    ) -> Result<Self, Error> {
        let name = file.path().display().to_string();
        let unlocked = match &private {
            Some(private)
                if public.is_none()
                    || private.is_encrypted() && credentials.passphrase().is_some() =>
            {
                Some(Arc::new(unlock(private, &name, credentials).await?))
            }
            _ => None,
        };
        let inside = unlocked.as_ref().map(|key| key.public_key().clone());
        let inside = inside.or_else(|| private.as_ref()?.public());
        if let (Some(public), Some(inside)) = (&public, inside)
            && public.key_data() != inside.key_data()
        {
            return Err(not_a_pair(file));
        }
        let Some(public) = public.or_else(|| unlocked.as_ref().map(|key| key.public_key().clone()))
        else {
            return Err(Error::locked(&name));
        };
        Ok(Self {
            file: Some(file.path().to_owned()),
            beside: certificate.map(Arc::from),
            ..Self::new(name, public, private, unlocked)
        })
    }

    /// The key in the files that `file` names, as far as they show it without a passphrase.
    ///
    /// # Errors
    ///
    /// If only the passphrase shows the public key.
    pub(crate) fn unasked(file: &KeyFile, pair: KeyPair) -> Result<Self, key_file::Error> {
        let name = file.path().display().to_string();
        let public = pair.public.ok_or_else(|| key_file::Error::Key {
            name: name.clone(),
            fault: Fault::PassphraseNeeded,
        })?;
        let (file, beside) = (Some(file.path().to_owned()), pair.certificate.map(Arc::from));
        Ok(Self { file, beside, ..Self::new(name, public, pair.private, None) })
    }

    /// A public key alone: it can be installed, and servers can be asked about it, but it cannot
    /// log in.
    pub fn public_only(name: String, public: PublicKey) -> Self {
        Self::new(name, public, None, None)
    }

    fn new(
        name: String,
        public: PublicKey,
        private: Option<Private>,
        unlocked: Option<Arc<PrivateKey>>,
    ) -> Self {
        // The file of a security key holds only a handle: only an agent that reaches the hardware
        // can sign.
        let private = private.filter(|_| !is_in_hardware(&public)).map(Arc::new);
        let unlocked = Arc::new(Mutex::new(unlocked));
        let (file, certificate, beside, agent) = (None, None, None, None);
        Self { name, file, public, certificate, beside, private, agent, unlocked }
    }

    /// The same key, with the agent at `socket` that holds its private key under the name of
    /// `blob`: the public key, or a certificate for it, as the agent lists it.
    pub fn with_agent(mut self, socket: &Path, blob: &[u8]) -> Self {
        self.agent = Some(InAgent { socket: socket.to_owned(), blob: blob.to_owned() });
        self
    }

    /// The same key without an agent.
    pub(crate) fn without_agent(&self) -> Self {
        Self { agent: None, ..self.clone() }
    }

    /// The same identity under another name.
    pub(crate) fn named(mut self, path: &Path) -> Self {
        self.name = path.display().to_string();
        self
    }

    /// The path where ssh looks for a certificate: beside the private key, `-cert.pub` after its
    /// name. `None` for a key that was named by its public key, which means that key alone, and for
    /// a key in the agent.
    pub(crate) fn certificate_path(&self) -> Option<PathBuf> {
        let mut path = self
            .file
            .clone()
            .filter(|path| path.extension().is_none_or(|extension| extension != "pub"))?
            .into_os_string();
        path.push("-cert.pub");
        Some(path.into())
    }

    /// The certificate that the `.pub` beside the private key holds in place of the key, with the
    /// path.
    pub(crate) fn public_certificate(&self) -> Option<(PathBuf, Arc<Certificate>)> {
        let mut path = self.file.clone()?.into_os_string();
        path.push(".pub");
        Some((path.into(), self.beside.clone()?))
    }

    /// A certificate for this key, to be offered in its place. Both are unlocked together.
    pub fn certified(&self, certificate: Arc<Certificate>) -> Self {
        Self { certificate: Some(certificate), ..self.clone() }
    }

    /// The file as the user named it, or the agent's comment.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key's file, if it came from one.
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// The key, a certificate's too.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The certificate that is offered instead of the key itself.
    pub fn certificate(&self) -> Option<&Certificate> {
        self.certificate.as_deref()
    }

    /// The SHA-256 fingerprint of the key.
    pub fn fingerprint(&self) -> Fingerprint {
        self.public.fingerprint(HashAlg::Sha256)
    }

    /// The agent that can sign with this key.
    pub fn agent(&self) -> Option<&Path> {
        self.agent.as_ref().map(|agent| agent.socket.as_path())
    }

    /// What the agent calls the key.
    pub(crate) fn agent_blob(&self) -> Option<&[u8]> {
        self.agent.as_ref().map(|agent| agent.blob.as_slice())
    }

    /// The name of what the passphrase unlocks: the key, even for a certificate.
    pub(crate) fn private_name(&self) -> String {
        self.file.as_ref().map_or_else(|| self.name.clone(), |file| file.display().to_string())
    }

    /// Whether there is a private key file that can sign.
    pub fn has_private(&self) -> bool {
        self.private.is_some()
    }

    /// Whether the private key is in a security key (FIDO), where only an agent reaches it.
    pub fn is_in_hardware(&self) -> bool {
        is_in_hardware(&self.public)
    }

    /// Whether the private key file needs a passphrase.
    pub fn file_is_encrypted(&self) -> bool {
        self.private.as_ref().is_some_and(|private| private.is_encrypted())
    }

    /// Whether it can sign; with `may_ask`, by asking the user if necessary.
    pub async fn can_sign(&self, credentials: &Credentials, may_ask: bool) -> bool {
        self.agent.is_some()
            || self.has_private() && (may_ask || !self.needs_question(credentials).await)
    }

    /// Whether the private key file needs a passphrase that has not been given yet.
    pub async fn needs_question(&self, credentials: &Credentials) -> bool {
        self.file_is_encrypted()
            && credentials.passphrase().is_none()
            && self.unlocked.lock().await.is_none()
    }

    /// The private key, unlocked once for the whole run; `None` if only the public key is here.
    ///
    /// # Errors
    ///
    /// Those of [`unlock`].
    pub async fn private_key(
        &self,
        credentials: &Credentials,
    ) -> Result<Option<Arc<PrivateKey>>, Error> {
        let Some(private) = &self.private else { return Ok(None) };
        // Held across the question: two destinations never ask for the same passphrase.
        let mut unlocked = self.unlocked.lock().await;
        let key = match &*unlocked {
            Some(key) => key.clone(),
            None => Arc::new(unlock(private, &self.private_name(), credentials).await?),
        };
        // Kept even if it is another pair's, so that the user is asked once.
        *unlocked = Some(key.clone());
        match &self.file {
            Some(file) if key.public_key().key_data() != self.public.key_data() => {
                Err(not_a_pair(&KeyFile::new(file)))
            }
            _ => Ok(Some(key)),
        }
    }

    /// Whether only the passphrase of the private key file shows if the public key belongs to it.
    pub(crate) fn file_hides_public(&self) -> bool {
        self.private.as_ref().is_some_and(|private| private.public().is_none())
    }
}

/// The public key is not that of the private key that `file` names.
fn not_a_pair(file: &KeyFile) -> Error {
    let (public, private) = (file.public_path(), file.private_path());
    key_file::Error::NotAPair { public, private }.into()
}

fn is_in_hardware(key: &PublicKey) -> bool {
    matches!(key.algorithm(), Algorithm::SkEd25519 | Algorithm::SkEcdsaSha2NistP256)
}

/// Opens a private key: with the passphrase given beforehand, or by asking for it; without one if
/// the key is not encrypted.
///
/// # Errors
///
/// If the passphrase is wrong, the key is unsound, or the user gives no answer.
pub async fn unlock(
    private: &Private,
    name: &str,
    credentials: &Credentials,
) -> Result<PrivateKey, Error> {
    unlock_and_tell(private, name, credentials).await.map(|(key, _)| key)
}

/// The same, with the passphrase if the user was asked for it: for callers that encrypt the key
/// again.
///
/// # Errors
///
/// Those of [`unlock`].
pub async fn unlock_and_tell(
    private: &Private,
    name: &str,
    credentials: &Credentials,
) -> Result<(PrivateKey, Option<Passphrase>), Error> {
    if !private.is_encrypted() {
        return Ok((private.unlock(None)?, None));
    }
    if let Some(passphrase) = credentials.passphrase() {
        return Ok((private.unlock(Some(passphrase))?, None));
    }
    let mut again = "";
    for attempt in 1.. {
        let answer = credentials
            .ask(Question {
                prompt: format!("{again}Enter passphrase for key {name:?}: "),
                answer: Answer::Secret,
                wanted: format!("the passphrase of {name:?}"),
                instead: "give it with --passphrase-file or in SSHK_PASSPHRASE, or load the \
                    key with ssh-add"
                    .into(),
            })
            .await?;
        let passphrase = Passphrase::new(answer);
        match private.unlock(Some(&passphrase)) {
            Err(key_file::Error::Key { fault: Fault::WrongPassphrase, .. })
                if attempt < PASSPHRASE_TRIES =>
            {
                again = "Wrong passphrase, please try again.\n"
            }
            done => return Ok((done?, Some(passphrase))),
        }
    }
    unreachable!("the last attempt returns")
}
