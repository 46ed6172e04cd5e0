//! Lists in pages.

use crate::portal::api::problem_details::ApiProblem;
use crate::portal::problem::Outcome;
use axum::Json;
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Uri, header};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Most items per page.
pub const PER_PAGE_MAX: u32 = 200;
/// Highest page number.
pub const PAGE_MAX: u32 = 1_000_000;

/// A number from 1 to `MAX`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "u32")]
pub struct UpTo<const MAX: u32>(u32);

impl<const MAX: u32> TryFrom<u32> for UpTo<MAX> {
    type Error = &'static str;

    fn try_from(number: u32) -> Result<Self, Self::Error> {
        if (1..=MAX).contains(&number) { Ok(Self(number)) } else { Err("out of bounds") }
    }
}

/// The requested page.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// Page number.
    #[serde(default = "first")]
    #[param(value_type = u32, minimum = 1, maximum = 1_000_000, default = 1)]
    pub page: UpTo<PAGE_MAX>,
    /// Items per page.
    #[serde(default = "per_page")]
    #[param(value_type = u32, minimum = 1, maximum = 200, default = 50)]
    pub per_page: UpTo<PER_PAGE_MAX>,
}

/// The number of the first page.
pub fn first() -> UpTo<PAGE_MAX> {
    UpTo(1)
}

/// Items per page by default.
pub fn per_page() -> UpTo<PER_PAGE_MAX> {
    UpTo(50)
}

/// A query without unknown keys.
pub struct StrictQuery<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for StrictQuery<T> {
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiProblem> {
        Ok(Self(Query::from_request_parts(parts, state).await?.0))
    }
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// Its items.
    pub items: Vec<T>,
    /// Its number.
    #[schema(example = 1)]
    pub page: u32,
    /// Items per page.
    #[schema(example = 50)]
    pub per_page: u32,
    /// Number of items on all pages.
    #[schema(example = 3)]
    pub total: usize,
}

/// A page with links to its neighbours (RFC 8288).
#[derive(Debug)]
pub struct Paged<T> {
    page: Page<T>,
    links: String,
}

impl Paging {
    /// Cuts the page out of all items; only its own items are made.
    ///
    /// # Errors
    /// Those of `make`.
    pub fn cut<A, T>(self, all: Vec<A>, uri: &Uri, make: impl FnMut(A) -> Outcome<T>) -> Outcome<Paged<T>> {
        let Self { page: UpTo(page), per_page: UpTo(per_page) } = self;
        let (total, per) = (all.len(), per_page as usize);
        let items = all.into_iter().skip((page as usize - 1) * per).take(per).map(make).collect::<Outcome<_>>()?;
        let last = total.div_ceil(per).max(1) as u32;
        let mut links: Vec<String> = Vec::new();
        for (relation, number) in [("prev", (page - 1).min(last)), ("next", page + 1)] {
            if (1..=last).contains(&number) {
                links.push(format!("<{}>; rel=\"{relation}\"", at(uri, number, per_page)));
            }
        }
        Ok(Paged { page: Page { items, page, per_page, total }, links: links.join(", ") })
    }
}

/// The address of another page of the list; other keys of the query stay.
fn at(uri: &Uri, page: u32, per_page: u32) -> String {
    let kept = uri.query().unwrap_or_default().split('&');
    let kept = kept.filter(|pair| !pair.is_empty() && !pair.starts_with("page=") && !pair.starts_with("per-page="));
    let mut query: Vec<String> = kept.map(str::to_owned).collect();
    query.extend([format!("page={page}"), format!("per-page={per_page}")]);
    format!("{}?{}", uri.path(), query.join("&"))
}

impl<T: Serialize> IntoResponse for Paged<T> {
    fn into_response(self) -> Response {
        let mut response = Json(self.page).into_response();
        if let Ok(links) = HeaderValue::from_str(&self.links)
            && !links.is_empty()
        {
            response.headers_mut().insert(header::LINK, links);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(number: u32, per_page: u32, all: u32) -> Paged<u32> {
        let uri = "/api/v1/public/guide?kind=x&page=7".parse().unwrap();
        let paging = Paging { page: number.try_into().unwrap(), per_page: per_page.try_into().unwrap() };
        paging.cut((0..all).collect(), &uri, Ok).unwrap()
    }

    #[test]
    fn pages_do_not_overlap_and_link_to_their_neighbours() {
        let middle = page(2, 2, 5);
        assert_eq!((middle.page.items, middle.page.total), (vec![2, 3], 5));
        assert_eq!(
            middle.links,
            "</api/v1/public/guide?kind=x&page=1&per-page=2>; rel=\"prev\", \
             </api/v1/public/guide?kind=x&page=3&per-page=2>; rel=\"next\""
        );
        let last = page(3, 2, 5);
        assert_eq!(last.page.items, [4]);
        assert!(!last.links.contains("next"));
        assert!(page(1, 2, 0).links.is_empty());
        let beyond = page(900, 2, 5);
        assert!(beyond.page.items.is_empty() && beyond.links.contains("page=3&"), "{}", beyond.links);
        assert!(UpTo::<200>::try_from(0).is_err() && UpTo::<200>::try_from(201).is_err());
    }
}
