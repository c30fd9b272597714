"""The peer: the same four questions on aiogram's dispatcher with Redis for its state, and one row kept per message.

It answers in the webhook's own response, which spares it the send.
Run: python -m tests.bench.aiogram_peer PORT REDIS_URL DATABASE_URL
"""

import sys

from aiogram import Bot, Dispatcher
from aiogram.filters import StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.fsm.storage.redis import RedisStorage
from aiogram.methods import SendMessage
from aiogram.types import Message
from aiogram.webhook.aiohttp_server import SimpleRequestHandler
from aiohttp import web

from core.db import create_engine, driver_connection


class Talk(StatesGroup):
    nombre = State()
    servicio = State()
    edad = State()
    primera = State()


NEXT = {
    None: (Talk.nombre, "¿Cómo te llamas?"),
    Talk.nombre.state: (Talk.servicio, "¿Qué tratamiento te interesa?"),
    Talk.servicio.state: (Talk.edad, "¿Qué edad tienes?"),
    Talk.edad.state: (Talk.primera, "¿Sería tu primera vez?"),
    Talk.primera.state: (Talk.nombre, "¿Cómo te llamas?"),
}


def main() -> None:
    port, redis, database = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    engine = create_engine(database, "owner", pool_size=8, autocommit=True)
    dispatcher = Dispatcher(storage=RedisStorage.from_url(redis))

    @dispatcher.message(StateFilter("*"))
    async def answer(message: Message, state: FSMContext) -> SendMessage:
        at = await state.get_state()
        following, question = NEXT[at]
        async with driver_connection(engine) as connection:
            await connection.execute(
                "INSERT INTO peer_message (chat, said, answered) VALUES (%s, %s, %s)",
                (message.chat.id, message.text, question),
            )
        if at is not None:
            await state.update_data({at: message.text})
        await state.set_state(following)
        return SendMessage(chat_id=message.chat.id, text=question)

    async def make_table(_app: web.Application) -> None:
        async with driver_connection(engine) as connection:
            await connection.execute(
                "CREATE TABLE IF NOT EXISTS peer_message "
                "(id bigserial PRIMARY KEY, chat bigint, said text, answered text)"
            )

    app = web.Application()
    app.on_startup.append(make_table)
    handler = SimpleRequestHandler(dispatcher, Bot("1:bench"), handle_in_background=False, secret_token="bench-secret")
    handler.register(app, path="/tg")
    web.run_app(app, host="127.0.0.1", port=port, print=None, access_log=None)


if __name__ == "__main__":
    main()
