//! Listening: from an opened [`App`] to a served port, and back to a clean end.

use std::net::SocketAddr;

use tokio::net::TcpListener;

use crate::App;
use crate::http;

/// Serves until `stop` resolves, then lets requests under way finish.
pub async fn serve(
    app: App,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let service = http::router(app).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(stop).await
}
