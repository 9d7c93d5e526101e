//! The kit for transports: it catches each way to be wrong, and finds what the transports get wrong
//! that one writes in an afternoon over two HTTP clients.

mod attohttpc_client;
mod broken;
mod hyper_client;
