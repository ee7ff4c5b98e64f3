"""From arrays to Arrow tables in the two contracts, in batches, in order of time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.lab import infrastructure as net
from stillwatch.lab.infrastructure import Infrastructure, mix
from stillwatch.lab.ragged import Bools, Ints, Ragged, empty_rows, stack
from stillwatch.lab.rows import AccountRows, ExchangeRows
from stillwatch.lab.sending import TOKENS_PER_WORD
from stillwatch.lab.writing import Writer
from stillwatch.model import ACCOUNTS_SCHEMA, EXCHANGES_SCHEMA

_HEX = np.frombuffer("".join(f"{i:02x}" for i in range(256)).encode(), dtype=np.uint16)


def hexed(prefix: str, values: npt.NDArray[np.uint64], absent: Bools | None = None) -> pa.Array:
    """``prefix`` + 16 hex digits of each value; null where ``absent``."""
    n, head = len(values), prefix.encode()
    body = _HEX[np.ascontiguousarray(values.astype(">u8")).view(np.uint8)].view(np.uint8)
    chars = np.empty((n, len(head) + 16), dtype=np.uint8)
    chars[:, : len(head)] = np.frombuffer(head, dtype=np.uint8)
    chars[:, len(head) :] = body.reshape(n, 16)
    offsets = np.arange(n + 1, dtype=np.int32) * (len(head) + 16)
    out = pa.StringArray.from_buffers(n, pa.py_buffer(offsets), pa.py_buffer(chars))
    return out if absent is None else pc.if_else(pa.array(absent), None, out)


def named(codes: Ints, names: Sequence[str]) -> pa.Array:
    """``names[code]``; null where the code is negative."""
    return pa.array(names, pa.string()).take(pa.array(codes.astype(np.int32), mask=codes < 0))


def whole(values: npt.NDArray[np.integer], kind: pa.DataType, least: int = 0) -> pa.Array:
    """Integers of an Arrow type; null where below ``least``."""
    return pa.array(values, mask=values < least).cast(kind)


def accounts_table(rows: AccountRows) -> pa.Table:
    """The accounts contract."""

    def digest(prefix: str, values: npt.NDArray[np.uint64]) -> pa.Array:
        return hexed(prefix, values, values == 0)

    columns = {
        "account": hexed("a-", rows.key),
        "opened_at": pa.array(rows.opened_us, pa.timestamp("us", tz="UTC")),
        "plan": named(rows.plan, net.PLANS),
        "programme": named(rows.programme, net.PROGRAMMES),
        "verification": named(rows.verification, net.VERIFICATIONS),
        "payment": digest("p-", rows.payment),
        "contact": digest("e-", rows.contact),
        "device": digest("d-", rows.device),
        "organisation": digest("o-", rows.organisation),
        "disclosed": named(rows.disclosed, net.DISCLOSED),
        "region": named(rows.region, net.REGIONS),
    }
    return pa.table(columns, schema=ACCOUNTS_SCHEMA)


class Renderer:
    """Turns exchange rows of one world into record batches of the contract.

    Args:
        writer: writes the texts.
        scale: sentences a unit of a pasted document's weight.
        tokens: text of each token id.
        systems: system prompts, one row each.
        toolsets: names of tools.
        infra: networks and clients.
        keys: 64-bit key of each account.
        salt: salt of all made-up digests.
    """

    def __init__(
        self,
        writer: Writer,
        scale: float,
        tokens: Sequence[str],
        systems: Sequence[Ragged],
        toolsets: Sequence[tuple[str, ...]],
        infra: Infrastructure,
        keys: npt.NDArray[np.uint64],
        salt: int,
    ) -> None:
        self._tokens = pa.array(tokens, pa.string())
        self._writer, self._scale = writer, scale
        self._systems, _ = writer.texts(stack(list(systems) or [empty_rows(1)]))
        self._tools = pa.array([list(t) for t in toolsets] or [[]], pa.list_(pa.string()))
        self._infra = infra
        self._accounts = hexed("a-", keys)
        self._octets = pa.array([str(i) for i in range(256)])
        self._networks = pa.array([f"AS{n}" for n in infra.numbers])
        self._salt = salt

    def batch(self, rows: ExchangeRows, first: int) -> pa.RecordBatch:
        """One batch; ``first`` is the number of its first row in the whole table."""
        n = len(rows)
        number = np.arange(first, first + n, dtype=np.int64)
        prompt, pasted = self._writer.texts(rows.prompt, self._scale)
        input_tokens = rows.input_tokens + (pasted * TOKENS_PER_WORD).astype(np.int64)
        columns: dict[str, pa.Array] = {
            "exchange_id": hexed("x-", mix(number, self._salt)),
            "sent_at": pa.array(rows.sent_us, pa.timestamp("us", tz="UTC")),
            "account": self._accounts.take(pa.array(rows.account)),
            "model": named(rows.model, net.MODELS),
            "credential": hexed("k-", rows.credential),
            "conversation": hexed("c-", rows.conversation, rows.conversation == 0),
            "turn": pa.array(rows.turn, pa.int32()),
            "operation": named(rows.operation, net.OPERATIONS),
            "pathway": named(rows.pathway, net.PATHWAYS),
            "prompt": prompt,
            "system_prompt": self._coded(rows.system, self._systems),
            "tools": self._coded(rows.tools, self._tools),
            "temperature": pa.array(
                rows.temperature.astype(np.float64).round(3), mask=np.isnan(rows.temperature)
            ),
            "max_tokens": whole(rows.max_tokens, pa.int32(), 1),
            "samples": whole(rows.samples, pa.int32(), 1),
            "logprobs": pa.array(rows.logprobs == 1, mask=rows.logprobs < 0),
            "input_tokens": pa.array(input_tokens, pa.int64()),
            "output_tokens": pa.array(rows.output_tokens, pa.int64()),
            "reasoning_tokens": pa.array(rows.reasoning_tokens, pa.int64()),
            "response": self._writer.texts(rows.response)[0],
            "status": pa.array(rows.status, pa.int16()),
            "finish_reason": named(rows.finish, net.FINISHES),
            "address": self._address(rows.address.astype(np.int64)),
            "network": self._coded(rows.network, self._networks),
            "client": named(rows.client, self._infra.clients),
            "tls": hexed("t13d", mix(rows.tls, self._salt + 9)),
            "replayed_reasoning": self._replayed(rows.replayed),
        }
        for field in EXCHANGES_SCHEMA:
            if field.name not in columns:
                columns[field.name] = pa.nulls(n, field.type)
        return pa.RecordBatch.from_arrays(
            [columns[f.name] for f in EXCHANGES_SCHEMA], schema=EXCHANGES_SCHEMA
        )

    def _coded(self, codes: Ints, pool: pa.Array) -> pa.Array:
        return pool.take(pa.array(codes.astype(np.int32), mask=codes < 0))

    def _address(self, numbers: Ints) -> pa.Array:
        parts = [
            self._octets.take(pa.array(((numbers >> shift) & 255).astype(np.int32)))
            for shift in (24, 16, 8, 0)
        ]
        return pc.binary_join_element_wise(*parts, ".")

    def _replayed(self, rows: Ragged) -> pa.Array:
        offsets = np.concatenate([[0], np.cumsum(rows.lengths)]).astype(np.int32)
        blocks = hexed("r-", mix(rows.ids.astype(np.int64), self._salt + 4))
        mask = pa.array(rows.lengths == 0)
        return pc.if_else(mask, None, pa.ListArray.from_arrays(pa.array(offsets), blocks))
