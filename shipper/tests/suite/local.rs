//! Who may use the socket, and how.

use sudolog_core::limits::FRAME_PAYLOAD_BYTES_MAX;
use sudolog_core::wire::Message;
use sudolog_core::wire::message::DenyCode;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;

use super::plugin::{Plugin, hello, start};
use super::world::World;

/// Writes bytes and reads until the shipper hangs up.
async fn answer_to(world: &World, bytes: &[u8]) -> Vec<u8> {
    let mut socket = UnixStream::connect(world.socket()).await.unwrap();
    // It may hang up before it has read all.
    let _ = socket.write_all(bytes).await;
    let mut answer = Vec::new();
    let _ = tokio::time::timeout(super::world::PATIENCE, socket.read_to_end(&mut answer)).await;
    answer
}

#[tokio::test]
async fn another_user_is_refused_without_a_word() {
    let world = World::start_with(|options| options.allowed_uid += 1).await;
    assert_eq!(answer_to(&world, &hello(1).to_bytes(0)).await, b"");
}

#[tokio::test]
async fn nobody_speaks_for_another_process() {
    let world = World::start().await;
    let mut start = start(1);
    start.sudo_pid += 1;
    let denied = Plugin::open_as(&world.socket(), &world.keys, start).await.err().unwrap();
    assert_eq!(denied.code, DenyCode::Identity);
}

#[tokio::test]
async fn a_claimed_parent_is_not_believed() {
    let world = World::start().await;
    let mut start = start(1);
    start.parent = Some(start.session_id);
    let mut plugin = Plugin::open_as(&world.socket(), &world.keys, start).await.unwrap();
    assert_eq!(world.server.stored(plugin.id).start.parent, None);
    plugin.close().await;
}

#[tokio::test]
async fn another_protocol_version_is_told_so() {
    let world = World::start().await;
    let answer = answer_to(&world, &hello(2).to_bytes(0)).await;
    assert!(String::from_utf8_lossy(&answer).contains("protocol 2"), "{answer:?}");
}

#[tokio::test]
async fn hostile_bytes_end_only_their_own_connection() {
    let world = World::start().await;
    let mut plugin = world.open(1).await;
    let huge = u32::try_from(FRAME_PAYLOAD_BYTES_MAX).unwrap() + 6;
    let heartbeat = Message::Heartbeat(1).to_bytes(0);
    let cases: [&[u8]; 6] = [
        &huge.to_be_bytes(),
        b"\0\0\0\0",
        b"GET / HTTP/1.1\r\n\r\n",
        &[0, 0, 0, 7, 1, 0, 0, 0, 0, b'{', b'}'],
        &[0, 0, 0, 5, 0x7f, 0, 0, 0, 0],
        &heartbeat,
    ];
    for bytes in cases {
        answer_to(&world, bytes).await;
    }
    plugin.event(b"still here").await;
    plugin.close().await;
}

#[tokio::test]
async fn a_second_shipper_does_not_take_the_socket() {
    let world = World::start().await;
    let ca = super::world::Ca::new();
    let mut options = super::world::options(&world.dir, &ca, "127.0.0.1:1", world.keys.clone());
    options.socket = world.socket();
    let error = sudolog_shipper::Shipper::start(options).unwrap_err();
    assert!(error.to_string().contains("another sudolog-shipper"), "{error}");
}

#[tokio::test]
async fn shutdown_hangs_up_and_removes_the_socket() {
    let world = World::start().await;
    let (mut plugin, socket) = (world.open(1).await, world.socket());
    world.shipper.shutdown().await;
    while plugin.wire().receive().await.is_some() {}
    assert!(!socket.exists());
}
