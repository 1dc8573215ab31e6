"""An RTSP camera for tests, on GStreamer's RTSP server: /usr/bin/python3 rtsp_server.py '{"port": 8554, "width": 640, "height": 360, "fps": 25}'

Serves rtsp://127.0.0.1:PORT/cam over TCP and UDP. Prints `up PORT` once it listens, and `zero MS` when a viewer starts it: the time (Unix, milliseconds)
at which it sends what has the time 0 in its file. Keys:
  port                  0: any free one
  file                  H.264 in Matroska, played once from its beginning for each first viewer; else a test picture without end
  width, height, fps    of the test picture
  pattern               of the test picture, as videotestsrc names it
  user, password        when set: digest authentication
  certificate           PEM file with certificate and key: serves rtsps:// instead (needs glib-networking)
Debian: gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad python3-gi
"""

import json
import sys
import time

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gio, GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

options = json.loads(sys.argv[1])
Gst.init(None)
server = GstRtspServer.RTSPServer()
server.set_address("127.0.0.1")
server.set_service(str(options["port"]))

factory = GstRtspServer.RTSPMediaFactory()
factory.set_shared(True)
if "file" in options:
    location = options["file"].replace("\\", "\\\\").replace('"', '\\"')
    video = f'filesrc location="{location}" ! matroskademux ! h264parse'
else:
    caps = f"video/x-raw,width={options['width']},height={options['height']},framerate={options['fps']}/1"
    # a key frame each second, so that a viewer who joins late sees something soon
    video = (
        f"videotestsrc is-live=true pattern={options['pattern']} ! {caps} ! videoconvert ! openh264enc gop-size={options['fps']} complexity=low"
        " ! h264parse"
    )
factory.set_launch(f"( {video} ! rtph264pay name=pay0 pt=96 config-interval=-1 )")

if "user" in options or "certificate" in options:
    auth = GstRtspServer.RTSPAuth()
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    if "certificate" in options:
        auth.set_tls_certificate(Gio.TlsCertificate.new_from_file(options["certificate"]))
    if "user" in options:
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest(options["user"], options["password"], token)
    else:
        auth.set_default_token(token)
    permissions = GstRtspServer.RTSPPermissions()
    permissions.add_permission_for_role("viewer", "media.factory.access", True)
    permissions.add_permission_for_role("viewer", "media.factory.construct", True)
    factory.set_permissions(permissions)
    server.set_auth(auth)


def tell_zero(pipeline):
    """Asked again until the pipeline has its clock."""
    clock = pipeline.get_clock()
    if clock is None or pipeline.get_base_time() == 0:
        return True
    running = (clock.get_time() - pipeline.get_base_time()) / 1e6
    print("zero", time.time() * 1000 - running, flush=True)
    return False


def on_state(media, state):
    if state == Gst.State.PLAYING:
        GLib.timeout_add(10, tell_zero, media.get_element().get_parent())


factory.connect("media-configure", lambda _, media: media.connect("new-state", on_state))
server.get_mount_points().add_factory("/cam", factory)
if server.attach(None) == 0:
    print("cannot listen", file=sys.stderr)
    sys.exit(1)
print("up", server.get_bound_port(), flush=True)
GLib.MainLoop().run()
