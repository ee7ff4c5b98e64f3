"""Bits: eight bytes of an array as one word, and sixty-four comparisons as one mask.

What is read at a place is read without asking whether the array goes on so far: the caller
keeps room behind what it looks at. Places are unsigned; the machine is little-endian, as all
are for which there are compiled packages.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

#: comparisons that one mask tells of.
N_BITS = 64

_WORD = ir.IntType(64)


def _at(context: Any, builder: Any, kind: Any, given: Any, wanted: Any) -> Any:
    """The address of the element of an array at a place, as one of another type."""
    data = context.make_array(kind)(context, builder, given[0]).data
    return builder.bitcast(builder.gep(data, [given[1]]), wanted.as_pointer())


@intrinsic
def word_at(typingctx, data, place):  # type: ignore[no-untyped-def]
    """The eight bytes of ``data``, an array of bytes, from ``place`` on."""

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
        where = _at(context, builder, signature.args[0], args, _WORD)
        return builder.load(where, align=1)

    return types.uint64(data, place), codegen


@intrinsic
def put_word(typingctx, data, place, word):  # type: ignore[no-untyped-def]
    """Write eight bytes to ``data``, an array of bytes, from ``place`` on."""

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
        where = _at(context, builder, signature.args[0], args, _WORD)
        builder.store(args[2], where, align=1)
        return context.get_dummy_value()

    return types.void(data, place, types.uint64), codegen


@intrinsic
def at_least(typingctx, values, place, bound):  # type: ignore[no-untyped-def]
    """Which of the 64 ``values`` from ``place`` on are ``bound`` or more, the first as lowest bit.

    Both are unsigned; ``bound`` is cut to the width of the values.
    """

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
        width = signature.args[0].dtype.bitwidth
        some = ir.VectorType(ir.IntType(width), N_BITS)
        found = builder.load(_at(context, builder, signature.args[0], args, some), align=1)
        bound = args[2] if width == N_BITS else builder.trunc(args[2], ir.IntType(width))
        first = builder.insert_element(ir.Constant(some, ir.Undefined), bound, _lane(0))
        lanes = ir.Constant(ir.VectorType(ir.IntType(32), N_BITS), [0] * N_BITS)
        every = builder.shuffle_vector(first, ir.Constant(some, ir.Undefined), lanes)
        return builder.bitcast(builder.icmp_unsigned(">=", found, every), _WORD)

    return types.uint64(values, place, types.uint64), codegen


def _lane(n: int) -> Any:
    return ir.Constant(ir.IntType(32), n)


@intrinsic
def n_ones(typingctx, word):  # type: ignore[no-untyped-def]
    """How many bits of a word are set."""

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
        return builder.ctpop(args[0])

    return types.uint64(types.uint64), codegen


@intrinsic
def n_below(typingctx, word):  # type: ignore[no-untyped-def]
    """How many bits stand below the lowest one that is set; the word is not 0."""

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 1))

    return types.uint64(types.uint64), codegen
