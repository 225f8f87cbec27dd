"""What `/metrics` and `heliograph status` tell of a gateway: the plain counters of its parts, with names."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from heliograph.connectors.smpp import SmppConnector
from heliograph.doors.http_listener import written
from heliograph.model.message import Priority
from heliograph.net.tls import TlsGate
from heliograph.ops.metrics import Measure
from heliograph.ports import Connector

if TYPE_CHECKING:
    from heliograph.app import Gateway


def of(gateway: Gateway) -> list[Measure]:
    """Every metric, read when asked."""
    journal, dispatch, outcomes = gateway.journal, gateway.dispatch, gateway.outcomes
    inbound, notify, intake, backlog = gateway.inbound, gateway.notify, gateway.intake, gateway.backlog
    lines, missing = dispatch.lines, gateway.missing_receipts
    return [
        Measure("heliograph_accepted_total", "Messages accepted.", lambda: intake.accepted),
        Measure("heliograph_refused_total", "Recipients refused at submission.", lambda: intake.refused),
        Measure("heliograph_handed_over_total", "Parts given to carriers.", lambda: dispatch.handed_over),
        Measure("heliograph_taken_total", "Parts taken by carriers.", lambda: outcomes.taken),
        Measure("heliograph_failed_total", "Parts refused by carriers.", lambda: outcomes.failed),
        Measure("heliograph_in_doubt_total", "Parts whose fate a carrier left unknown.", lambda: outcomes.in_doubt),
        Measure("heliograph_sent_on_total", "Messages sent on for want of a receipt.", lambda: missing.moved),
        Measure("heliograph_receipts_total", "Receipts matched.", lambda: inbound.receipts),
        Measure("heliograph_receipts_parked_total", "Receipts that matched nothing yet.", lambda: inbound.parked),
        Measure("heliograph_incoming_total", "Incoming messages.", lambda: inbound.incoming),
        Measure("heliograph_notices_delivered_total", "Callbacks delivered.", lambda: notify.delivered),
        Measure("heliograph_notices_failed_total", "Callbacks that failed once.", lambda: notify.failed),
        Measure("heliograph_notices_given_up_total", "Callbacks given up.", lambda: notify.given_up),
        Measure("heliograph_waiting_parts", "Parts that wait in the store.", lambda: backlog.parts),
        Measure("heliograph_groups_total", "Groups committed.", lambda: journal.groups),
        Measure("heliograph_rows_total", "Rows committed.", lambda: journal.rows),
        Measure("heliograph_poisoned_total", "Items the store could not write.", lambda: journal.poisoned),
        Measure("heliograph_faults_total", "Faults of the gateway itself.", lambda: gateway.faults),
        Measure("heliograph_ready", "1 while messages are taken.", lambda: float(not gateway.not_ready())),
        *_of_http(gateway),
        *_of_smpp_door(gateway),
        *_of_tls(gateway),
        Measure(
            "heliograph_reload_complaints",
            "What the last reload could not take over; 0 = all of it is in force.",
            lambda: len(gateway.reload_complaints),
        ),
        Measure(
            "heliograph_connector_connected",
            "1 while a connector has its link.",
            lambda: {name: float(line.connector.connected) for name, line in lines.items()},
            "connector",
        ),
        Measure(
            "heliograph_connector_under_way_parts",
            "Parts a connector was given whose outcome has not come back.",
            lambda: {name: float(line.connector.under_way) for name, line in lines.items()},
            "connector",
        ),
        Measure(
            "heliograph_connector_waiting_parts",
            "Parts of a connector that wait in memory.",
            lambda: {name: float(line.lanes.parts) for name, line in lines.items()},
            "connector",
        ),
        *_of_carriers(gateway),
    ]


def _of_http(gateway: Gateway) -> list[Measure]:
    return [
        Measure("heliograph_http_requests_total", "HTTP requests answered.", lambda: gateway.http.requests),
        Measure(
            "heliograph_http_answers_total",
            "HTTP answers by class of status.",
            lambda: {f"{number}xx": float(gateway.http.by_class[number]) for number in range(2, 6)},
            "class",
        ),
        Measure("heliograph_http_malformed_total", "Requests that were no HTTP.", lambda: gateway.http.malformed),
        Measure("heliograph_http_connections", "Open HTTP connections.", lambda: gateway.http.connections),
    ]


def _of_carriers(gateway: Gateway) -> list[Measure]:
    """Sessions that speak SMPP, and who has them."""
    return [*_of_smpp(gateway), *_of_nodes(gateway)]


def _of_nodes(gateway: Gateway) -> list[Measure]:
    """Where nodes share the store."""
    node, shared = gateway.node, gateway.shared
    if node is None or shared is None:
        return []
    return [
        Measure("heliograph_node_lease_seconds", "How long ago the lease was renewed.", lambda: node.unrenewed_s),
        Measure("heliograph_nodes_alive", "Nodes that hold their lease.", lambda: len(node.alive)),
        Measure("heliograph_nodes_taken_over_total", "Nodes this one has taken over.", lambda: node.taken_over),
        Measure("heliograph_node_is_first", "1 on the node that keeps house for all.", lambda: float(node.is_first)),
        Measure(
            "heliograph_connector_sessions_held",
            "Sessions to a carrier that are this node's.",
            lambda: {name: float(count) for name, count in shared.carriers.held().items()},
            "connector",
        ),
        Measure(
            "heliograph_connector_sessions_left_total",
            "How often sessions were left to another node because the carrier was not reached.",
            lambda: shared.carriers.left,
        ),
    ]


def _of_smpp_door(gateway: Gateway) -> list[Measure]:
    """The door of customers."""
    return [
        Measure("heliograph_smpp_binds_total", "Binds of customers accepted.", lambda: gateway.smpp.binds),
        Measure("heliograph_smpp_binds_refused_total", "Binds refused.", lambda: gateway.smpp.refused_binds),
        Measure("heliograph_smpp_connections", "Open SMPP connections of customers.", lambda: gateway.smpp.connections),
    ]


def _of_tls(gateway: Gateway) -> list[Measure]:
    """By listener; the plain ones are left out."""

    def each(read: Callable[[TlsGate], int]) -> dict[str, float]:
        return {
            entrance.listener.address: float(read(entrance.gate))
            for entrance in gateway.http.entrances
            if entrance.gate is not None
        }

    return [
        Measure(
            "heliograph_tls_handshakes_total",
            "Handshakes completed.",
            lambda: each(lambda gate: gate.completed),
            "listener",
        ),
        Measure(
            "heliograph_tls_handshakes_failed_total",
            "Handshakes refused, left unfinished, cut off in a crowd, or not TLS at all.",
            lambda: each(lambda gate: gate.failed.total()),
            "listener",
        ),
        Measure(
            "heliograph_tls_handshakes_under_way",
            "Handshakes begun and not ended.",
            lambda: each(lambda gate: gate.under_way),
            "listener",
        ),
        Measure(
            "heliograph_tls_certificate_expires_timestamp_seconds",
            "When the certificate in use expires.",
            lambda: dict(one for held in gateway.certificates() for one in held.expiries().items()),
            "listener",
        ),
    ]


def _of_smpp(gateway: Gateway) -> list[Measure]:
    """By connector, of those that speak SMPP."""

    def each(read: Callable[[SmppConnector], int]) -> dict[str, float]:
        speaking = [connector for connector in gateway.connectors if isinstance(connector, SmppConnector)]
        return {connector.name: float(read(connector)) for connector in speaking}

    return [
        Measure(
            "heliograph_connector_sessions",
            "Sessions that are bound to a carrier.",
            lambda: each(lambda connector: connector.bound),
            "connector",
        ),
        Measure(
            "heliograph_connector_late_answers_total",
            "Answers that came after their message was given up as in doubt.",
            lambda: each(lambda connector: connector.late_answers),
            "connector",
        ),
        Measure(
            "heliograph_connector_oddities_total",
            "PDUs a carrier should not have sent.",
            lambda: each(lambda connector: connector.oddities),
            "connector",
        ),
    ]


def status(gateway: Gateway) -> dict[str, object]:
    """The same for people: is it ready, what waits where, which carrier is there."""
    return {
        "ready": not gateway.not_ready(),
        "reasons": gateway.not_ready(),
        "http_url": gateway.http_url,
        "http_urls": gateway.http.urls,
        "smpp": [written(host, port) for host, port in gateway.smpp.addresses],
        "smtp": [written(host, port) for host, port in gateway.smtp.addresses],
        "reload_complaints": gateway.reload_complaints,
        "accepted": gateway.intake.accepted,
        "refused": gateway.intake.refused,
        "waiting_parts": gateway.backlog.parts,
        "recovered": gateway.recovered,
        "faults": gateway.faults,
        "connectors": [
            {
                "name": line.name,
                "connected": line.connector.connected,
                "free": line.connector.free,
                "under_way": line.connector.under_way,
                "waiting_parts": line.lanes.parts,
                "more_in_store": [priority.name.lower() for priority in Priority if line.behind[priority]],
                **_habits(line.connector),
            }
            for line in gateway.dispatch.lines.values()
        ],
        "notices": gateway.notify.depth(),
        "nodes": _nodes(gateway),
        "watchers": gateway.live.watchers,
    }


def _nodes(gateway: Gateway) -> list[dict[str, object]]:
    """Those that share the store, this one marked; [] where one process owns it."""
    node = gateway.node
    if node is None:
        return []
    return [
        {
            "id": row.id,
            "name": row.name,
            "host": row.host,
            "pid": row.pid,
            "epoch": row.epoch,
            "alive": row.is_alive,
            "this": row.id == node.fence.node,
        }
        for row in node.standing.nodes
    ]


def _habits(connector: Connector) -> dict[str, object]:
    """What was learned of a carrier that speaks SMPP, and what to set for it."""
    if not isinstance(connector, SmppConnector):
        return {}
    proposal = f'message_ids = "{connector.proposal}"' if connector.proposal is not None else None
    return {"habits": connector.habits, "proposal": proposal}
