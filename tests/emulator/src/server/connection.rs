//! One connection: requests one after the other, each answer delivered as it is to be.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Shutdown, TcpStream};
use std::time::Duration;

use http::{Method, Response, StatusCode};

use super::Shared;
use super::read::{Malformed, Reader, Received};
use super::write::{self, Encoded};
use crate::error::Refusal;
use crate::fault::Delivery;

/// Serves until either side closes. What goes wrong with the connection is the caller's to notice.
pub(super) fn serve(stream: &TcpStream, peer: IpAddr, shared: &Shared) {
    let _ = stream.set_nodelay(true);
    let mut reader = Reader::new(stream);
    while let Ok(true) = exchange(&mut reader, stream, peer, shared) {}
}

/// One request and its answer; says whether another may follow.
fn exchange(
    reader: &mut Reader<&TcpStream>,
    stream: &TcpStream,
    peer: IpAddr,
    shared: &Shared,
) -> io::Result<bool> {
    let received = match reader.next()? {
        Ok(Some(received)) => received,
        Ok(None) => return Ok(false),
        Err(Malformed { status, why }) => {
            let mut response = refusal(status, why);
            shared.instance.service.complete(&mut response, shared.instance.clock.unix());
            write_all(stream, &write::encode(&response, false, true).all)?;
            return close_in_peace(stream).map(|()| false);
        }
    };
    let Received { request, keep_alive } = received;
    let (response, delivery) = shared.instance.serve(&request, peer);
    let is_head = request.method() == Method::HEAD;
    let keep_alive = keep_alive && !response.status().is_informational();
    let encoded = write::encode(&response, is_head, !keep_alive);
    let whole = deliver(stream, &encoded, delivery, shared)?;
    Ok(whole && keep_alive)
}

/// Delivers an answer; says whether the connection is still in order.
fn deliver(
    stream: &TcpStream,
    encoded: &Encoded,
    delivery: Delivery,
    shared: &Shared,
) -> io::Result<bool> {
    match delivery {
        Delivery::Whole => write_all(stream, &encoded.all)?,
        Delivery::Delayed(time) => {
            if shared.pause(time) {
                return Ok(false);
            }
            write_all(stream, &encoded.all)?;
        }
        Delivery::Slow(pause) => {
            for byte in &encoded.all {
                if shared.pause(pause) {
                    return Ok(false);
                }
                write_all(stream, &[*byte])?;
            }
        }
        Delivery::Cut => {
            write_all(stream, encoded.cut())?;
            return Ok(false);
        }
        Delivery::Garbage => {
            write_all(stream, b"\0\x01 this is no HTTP \xff\r\n\r\n")?;
            return Ok(false);
        }
        Delivery::Closed => return Ok(false),
        Delivery::Reset => {
            // With no time to linger, closing resets.
            socket2::SockRef::from(stream).set_linger(Some(Duration::ZERO))?;
            return Ok(false);
        }
        Delivery::Stalled => {
            drain(stream)?;
            return Ok(false);
        }
    }
    Ok(true)
}

fn refusal(status: StatusCode, why: &str) -> Response<Vec<u8>> {
    let mut response = Refusal::bad_request(why).into_response();
    *response.status_mut() = status;
    response
}

fn write_all(mut stream: &TcpStream, bytes: &[u8]) -> io::Result<()> {
    stream.write_all(bytes)
}

/// Closes so that the answer arrives though part of the request was not read: a socket that is
/// closed with bytes unread is reset, and what was sent before is lost.
fn close_in_peace(stream: &TcpStream) -> io::Result<()> {
    stream.shutdown(Shutdown::Write)?;
    stream.set_read_timeout(Some(Duration::from_millis(500)))?;
    drain(stream)
}

/// Reads and forgets until the caller closes, or the server stops.
fn drain(mut stream: &TcpStream) -> io::Result<()> {
    let mut sink = [0; 16 << 10];
    while stream.read(&mut sink)? > 0 {}
    Ok(())
}
