//! Access keys: one or many, found, shown and changed.

pub(crate) mod batch;
pub(crate) mod hardly_meant;
pub(crate) mod id_args;
pub(crate) mod ids_in_text;
pub(crate) mod key_list;
pub(crate) mod key_order;
pub(crate) mod key_view;
