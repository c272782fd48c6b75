# Follows the city with Debian's paho client; prints one JSON line a message.
# paho-client.py {port} {version} {transport} {user} {password}
import json
import sys

import paho.mqtt.client as mqtt

port, version, transport, user, password = sys.argv[1:]
client = mqtt.Client(client_id="svc-py", protocol=int(version), transport=transport)
client.username_pw_set(user, password)
client.on_connect = lambda *_: client.subscribe("city/+/streetlight/+", qos=1)


def told(_, __, message):
    print(json.dumps({"topic": message.topic, "retain": bool(message.retain), "qos": message.qos,
                      "id": json.loads(message.payload)["id"]}), flush=True)


client.on_message = told
client.connect("127.0.0.1", int(port))
client.loop_forever()
