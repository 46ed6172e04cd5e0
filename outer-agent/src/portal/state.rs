//! The parts that requests work with. Each handler takes only those it needs. No part holds a channel key.

use crate::context::Context;
use crate::portal::auth::channels::ClientChannels;
use crate::portal::auth::login::Login;
use crate::portal::auth::session::Sessions;
use crate::portal::cache::case_pages::CasePageCache;
use crate::portal::cache::records::RecordCache;
use crate::portal::content::case_view::Cases;
use crate::portal::content::document::Documents;
use crate::portal::content::messages::MessageBox;
use crate::portal::content::public_index::PublicIndexCache;
use crate::portal::content::service::ElectronicService;
use crate::portal::court::Court;
use crate::portal::database::Database;
use crate::portal::site::Site;
use crate::store::sessions::Limits;
use axum::extract::FromRef;
use ferry_channel::runtime::key_files;
use ferry_io::error::Result;
use ferry_io::keys::load;
use std::sync::Arc;

/// Declares the parts, each of which a handler can take as `State<Arc<Part>>`.
macro_rules! parts {
    ($($(#[doc = $doc:literal])* $name:ident: $part:ty,)*) => {
        /// All parts of the portal.
        #[derive(Clone)]
        pub struct AppState {
            $($(#[doc = $doc])* pub $name: Arc<$part>,)*
        }

        $(impl FromRef<AppState> for Arc<$part> {
            fn from_ref(state: &AppState) -> Self {
                state.$name.clone()
            }
        })*
    };
}

parts! {
    /// The store.
    database: Database,
    /// Name, catalogue and time zone of the court.
    court: Court,
    /// Who is logged in.
    sessions: Sessions,
    /// Login; holds the login key.
    login: Login,
    /// Cases of persons.
    cases: Cases,
    /// The index of public records.
    public_index: PublicIndexCache,
    /// Documents read without service.
    documents: Documents,
    /// Documents served on persons.
    service: ElectronicService,
    /// What parties write.
    messages: MessageBox,
    /// The frame of all pages.
    site: Site,
    /// Rendered pages of cases.
    case_pages: CasePageCache,
    /// The client channels of the API.
    channels: ClientChannels,
}

impl AppState {
    /// Reads the login key and the English labels.
    ///
    /// # Errors
    /// Files that cannot be read; channels that contradict each other.
    pub fn new(context: &Context) -> Result<Self> {
        let portal = &context.config.portal;
        let database = Database::new(context.store.opener());
        let court = Arc::new(Court::new(context)?);
        let records = Arc::new(RecordCache::default());
        let limits = Limits::new(portal.session_minutes, portal.session_hours);
        let sessions = Sessions::new(database.clone(), court.clone(), records.clone(), limits);
        key_files::check_login_key(&portal.login_key)?;
        let key = load::login_key(&portal.login_key)?;
        let documents = Documents::new(sessions.clone(), court.clone(), context.store.documents.clone());
        let (footer, links) = (portal.footer.clone(), portal.links.clone());
        Ok(Self {
            login: Login::new(sessions.clone(), court.clone(), key, portal.login.clone()),
            cases: Cases::new(court.clone(), records),
            public_index: Arc::default(),
            service: ElectronicService::new(documents.clone()),
            documents,
            messages: MessageBox::new(sessions.clone(), court.clone()),
            site: Site::new(sessions.clone(), court.clone(), footer, links),
            case_pages: Arc::default(),
            channels: Arc::new(ClientChannels::new(&context.config)?),
            database,
            court,
            sessions,
        })
    }
}
