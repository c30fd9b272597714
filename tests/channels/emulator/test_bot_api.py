"""The fake Bot API through the real aiogram client."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiogram import Bot
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from aiogram.types import (
    BotCommand,
    BufferedInputFile,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    KeyboardButton,
    MessageEntity,
    ReactionTypeEmoji,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    ReplyParameters,
    Update,
)

from channels.emulator import EmulatorClient
from tests.channels.emulator.conftest import BOT_ID, TEO, Receiver

TEO_USER = {"id": TEO, "is_bot": False, "first_name": "Teo", "username": "teo_p", "language_code": "es"}
TEO_CHAT = {"id": TEO, "first_name": "Teo", "username": "teo_p", "type": "private"}
ALL = [
    "message",
    "edited_message",
    "callback_query",
    "message_reaction",
    "my_chat_member",
    "business_message",
]


def keyboard(text: str = "Sí", data: str = "yes") -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text=text, callback_data=data)]])


@pytest.fixture
async def hooked(bot: Bot, receiver: Receiver) -> Bot:
    await bot.set_webhook(receiver.url + "/tg", secret_token="s3cret", allowed_updates=ALL)
    return bot


async def test_a_start_with_a_payload_arrives_with_the_secret(
    hooked: Bot, phone: EmulatorClient, receiver: Receiver
) -> None:
    await phone.act("telegram", TEO, type="start", payload="ad_42")
    [call] = await receiver.wait(1)
    assert call.headers["x-telegram-bot-api-secret-token"] == "s3cret"
    assert call.body == {
        "update_id": 1,
        "message": {
            "message_id": 1,
            "from": TEO_USER,
            "chat": TEO_CHAT,
            "date": 1780000000,
            "text": "/start ad_42",
            "entities": [{"type": "bot_command", "offset": 0, "length": 6}],
        },
    }
    Update.model_validate(call.body, context={"bot": hooked})


async def test_a_sent_text_comes_back_as_a_message_and_is_recorded(bot: Bot, phone: EmulatorClient) -> None:
    bold = [MessageEntity(type="bold", offset=0, length=4)]
    message = await bot.send_message(TEO, "Hola 👋", entities=bold, reply_markup=keyboard())
    assert message.model_dump(mode="json", exclude_none=True, by_alias=True) == {
        "message_id": 1,
        "date": 1780000000,
        "chat": {"id": TEO, "type": "private", "username": "teo_p", "first_name": "Teo"},
        "from": {"id": BOT_ID, "is_bot": True, "first_name": "Clínica Sol", "username": "solbot"},
        "text": "Hola 👋",
        "entities": [{"type": "bold", "offset": 0, "length": 4}],
        "reply_markup": {"inline_keyboard": [[{"text": "Sí", "callback_data": "yes"}]]},
    }
    [sent] = await phone.sent(account=f"telegram:{BOT_ID}")
    assert (sent["to"], sent["id"], sent["method"]) == (str(TEO), "1", "sendMessage")
    assert sent["payload"] == {
        "chat_id": TEO,
        "text": "Hola 👋",
        "entities": [{"type": "bold", "offset": 0, "length": 4}],
        "reply_markup": {"inline_keyboard": [[{"text": "Sí", "callback_data": "yes"}]]},
    }


async def test_a_tap_is_a_callback_query_answered_once(hooked: Bot, phone: EmulatorClient, receiver: Receiver) -> None:
    await hooked.send_message(TEO, "¿Sí?", reply_markup=keyboard())
    await phone.tap("telegram", TEO, "Sí")
    [call] = await receiver.wait(1)
    query = call.body["callback_query"]
    assert (query["data"], query["from"], query["message"]["message_id"]) == ("yes", TEO_USER, 1)
    assert await hooked.answer_callback_query(query["id"], text="Anotado")
    with pytest.raises(TelegramBadRequest, match="query is too old"):
        await hooked.answer_callback_query(query["id"])


def text(value: str, **extra: Any) -> Callable[[Bot], Awaitable[Any]]:
    return lambda bot: bot.send_message(TEO, value, **extra)


@pytest.mark.parametrize(
    ("send", "words"),
    [
        (text("x" * 4097), "Bad Request: message is too long"),
        (text("👋" * 2049), "Bad Request: message is too long"),
        (text(" "), "Bad Request: message text is empty"),
        (text("hola", reply_markup=keyboard(data="ñ" * 33)), "Bad Request: BUTTON_DATA_INVALID"),
        (
            text("hola", reply_markup=keyboard(text="")),
            "Bad Request: inline keyboard button text must be non-empty",
        ),
        (
            text("👋", entities=[MessageEntity(type="bold", offset=0, length=3)]),
            "Bad Request: entity beginning at UTF-16 offset 0 ends after the end of the text at 2",
        ),
        (
            text("hola", reply_parameters=ReplyParameters(message_id=999)),
            "Bad Request: message to be replied not found",
        ),
        (
            lambda bot: bot.send_photo(TEO, BufferedInputFile(b"\x89PNG", "a.png"), caption="x" * 1025),
            "Bad Request: message caption is too long",
        ),
        (lambda bot: bot.send_message(404, "hola"), "Bad Request: chat not found"),
    ],
)
async def test_limits_are_telegrams(bot: Bot, phone: EmulatorClient, send: Any, words: str) -> None:
    with pytest.raises(TelegramBadRequest) as refused:
        await send(bot)
    assert refused.value.message == words
    assert await phone.sent() == []


async def test_a_text_of_4096_units_and_data_of_64_bytes_pass(bot: Bot) -> None:
    assert (await bot.send_message(TEO, "👋" * 2048, reply_markup=keyboard(data="ñ" * 32))).message_id == 1


async def test_every_kind_of_send_is_accepted(bot: Bot, phone: EmulatorClient) -> None:
    file = BufferedInputFile(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x07\0\0\0\x05", "a.png")
    photo = await bot.send_photo(TEO, file, caption="Antes")
    assert photo.photo is not None
    assert (photo.photo[0].width, photo.photo[0].height, photo.caption) == (7, 5, "Antes")
    again = await bot.send_photo(TEO, photo.photo[0].file_id)
    assert again.photo is not None
    assert again.photo[0].file_id == photo.photo[0].file_id
    await bot.send_audio(TEO, file, title="Sonido")
    await bot.send_voice(TEO, file, duration=3)
    await bot.send_video(TEO, file)
    await bot.send_document(TEO, "https://example.org/a.pdf")
    await bot.send_animation(TEO, file)
    await bot.send_sticker(TEO, file)
    await bot.send_location(TEO, -34.6, -58.4)
    await bot.send_venue(TEO, -34.6, -58.4, "Clínica Sol", "Calle 1")
    await bot.send_contact(TEO, "+5491100000000", "Recepción")
    album = await bot.send_media_group(TEO, [InputMediaPhoto(media=file), InputMediaPhoto(media=file)])
    assert album[0].media_group_id == album[1].media_group_id
    assert [send["method"] for send in await phone.sent()] == [
        "sendPhoto", "sendPhoto", "sendAudio", "sendVoice", "sendVideo", "sendDocument", "sendAnimation",
        "sendSticker", "sendLocation", "sendVenue", "sendContact", "sendMediaGroup", "sendMediaGroup",
    ]  # fmt: skip


async def test_a_file_of_a_person_is_downloaded(hooked: Bot, phone: EmulatorClient, receiver: Receiver) -> None:
    media_id = await phone.upload("telegram", b"%PDF-1.4 estudio", "application/pdf", "estudio.pdf")
    await phone.act("telegram", TEO, type="document", media_id=media_id, caption="Mi estudio")
    [call] = await receiver.wait(1)
    document = call.body["message"]["document"]
    assert (document["file_name"], document["mime_type"], document["file_size"]) == (
        "estudio.pdf",
        "application/pdf",
        16,
    )
    downloaded = await hooked.download(document["file_id"])
    assert downloaded is not None
    assert downloaded.read() == b"%PDF-1.4 estudio"


async def test_a_file_over_20_mb_cannot_be_fetched(bot: Bot, phone: EmulatorClient) -> None:
    media_id = await phone.upload("telegram", b"\0" * (20 * 2**20 + 1), "video/mp4", "largo.mp4")
    with pytest.raises(TelegramBadRequest, match="Bad Request: file is too big"):
        await bot.get_file(media_id)


async def test_edits_deletes_reactions_and_typing_show_in_the_chat(bot: Bot, phone: EmulatorClient) -> None:
    message = await bot.send_message(TEO, "Elige", reply_markup=keyboard())
    await bot.edit_message_text("Elegiste Sí", chat_id=TEO, message_id=message.message_id)
    with pytest.raises(TelegramBadRequest, match="message is not modified"):
        await bot.edit_message_text("Elegiste Sí", chat_id=TEO, message_id=message.message_id)
    other = await bot.send_message(TEO, "Otra")
    await bot.edit_message_reply_markup(chat_id=TEO, message_id=other.message_id, reply_markup=keyboard())
    await bot.set_message_reaction(TEO, other.message_id, [ReactionTypeEmoji(emoji="👍")])
    await bot.delete_message(TEO, message.message_id)
    await bot.send_chat_action(TEO, "typing")
    chat = await phone.chat("telegram", TEO)
    first, second = chat["messages"]
    assert (first["content"]["text"], first["edited"], first["deleted"]) == ("Elegiste Sí", True, True)
    assert "reply_markup" not in first["content"]
    assert (second["reactions"], second["edited"]) == ({"business": "👍"}, False)
    assert chat["typing_seconds"] == 5.0


async def test_a_contact_keyboard_shares_ones_own_number(
    hooked: Bot, phone: EmulatorClient, receiver: Receiver
) -> None:
    ask = ReplyKeyboardMarkup(keyboard=[[KeyboardButton(text="Compartir", request_contact=True)]])
    await hooked.send_message(TEO, "¿Tu número?", reply_markup=ask)
    assert (await phone.chat("telegram", TEO))["keyboard"]["keyboard"] == [
        [{"text": "Compartir", "request_contact": True}]
    ]
    await phone.act("telegram", TEO, type="contact", own=True)
    [call] = await receiver.wait(1)
    assert call.body["message"]["contact"] == {
        "phone_number": "+5491166667777",
        "first_name": "Teo",
        "user_id": TEO,
    }
    await hooked.send_message(TEO, "Gracias", reply_markup=ReplyKeyboardRemove())
    assert (await phone.chat("telegram", TEO))["keyboard"] is None


async def test_who_blocks_the_bot_cannot_be_reached(hooked: Bot, phone: EmulatorClient, receiver: Receiver) -> None:
    await phone.act("telegram", TEO, type="block")
    with pytest.raises(TelegramForbiddenError) as refused:
        await hooked.send_message(TEO, "hola")
    assert refused.value.message == "Forbidden: bot was blocked by the user"
    await phone.telegram_text(TEO, "/start")
    calls = await receiver.wait(3)
    states = [c.body["my_chat_member"]["new_chat_member"]["status"] for c in calls[:2]]
    assert (states, calls[2].body["message"]["text"]) == (["kicked", "member"], "/start")
    await hooked.send_message(TEO, "hola de nuevo")


async def test_edits_reactions_and_business_messages_are_updates_of_their_own(
    hooked: Bot, phone: EmulatorClient, receiver: Receiver
) -> None:
    message_id = await phone.telegram_text(TEO, "mañana")
    await phone.act("telegram", TEO, type="edit", message_id=message_id, text="pasado mañana")
    await phone.act("telegram", TEO, type="reaction", message_id=message_id, emoji="👍")
    await phone.person("telegram", TEO, business_connection_id="biz-1")
    await phone.telegram_text(TEO, "hola negocio")
    calls = await receiver.wait(4)
    assert calls[1].body["edited_message"]["text"] == "pasado mañana"
    assert calls[2].body["message_reaction"]["new_reaction"] == [{"type": "emoji", "emoji": "👍"}]
    assert calls[3].body["business_message"]["business_connection_id"] == "biz-1"
    for call in calls:
        Update.model_validate(call.body, context={"bot": hooked})


async def test_reactions_are_not_sent_to_a_bot_that_did_not_ask(
    bot: Bot, phone: EmulatorClient, receiver: Receiver
) -> None:
    await bot.set_webhook(receiver.url)
    message_id = await phone.telegram_text(TEO, "uno")
    await phone.act("telegram", TEO, type="reaction", message_id=message_id, emoji="👍")
    await phone.telegram_text(TEO, "dos")
    calls = await receiver.wait(2)
    assert [c.body["message"]["text"] for c in calls] == ["uno", "dos"]


async def test_updates_wait_in_order_until_the_webhook_takes_them(
    bot: Bot, phone: EmulatorClient, receiver: Receiver
) -> None:
    for word in ("uno", "dos", "tres"):
        await phone.telegram_text(TEO, word)
    assert (await bot.get_webhook_info()).pending_update_count == 3
    receiver.answers = [500, 503]
    await bot.set_webhook(receiver.url)
    calls = await receiver.wait(5)
    assert [c.body["message"]["text"] for c in calls] == ["uno", "uno", "uno", "dos", "tres"]
    assert [c.body["update_id"] for c in calls] == [1, 1, 1, 2, 3]


async def test_telegrams_error_classes(bot: Bot, phone: EmulatorClient) -> None:
    await phone.faults(telegram_error={"status": 429, "retry_after": 7, "times": 1})
    with pytest.raises(TelegramRetryAfter) as late:
        await bot.send_message(TEO, "hola")
    assert late.value.retry_after == 7
    await bot.send_message(TEO, "hola")
    await phone.person("telegram", -500, name="Alertas", migrated_to=-100500)
    with pytest.raises(TelegramMigrateToChat) as moved:
        await bot.send_message(-500, "alerta")
    assert moved.value.migrate_to_chat_id == -100500
    with pytest.raises(TelegramUnauthorizedError):
        await Bot("1:wrong", session=bot.session).get_me()


async def test_the_bot_knows_itself_its_commands_and_its_chats(bot: Bot) -> None:
    assert (await bot.get_me()).username == "solbot"
    await bot.set_my_commands([BotCommand(command="menu", description="Menú")])
    assert [c.command for c in await bot.get_my_commands()] == ["menu"]
    assert (await bot.get_chat(TEO)).first_name == "Teo"
    with pytest.raises(TelegramBadRequest, match="BOT_COMMAND_INVALID"):
        await bot.set_my_commands([BotCommand(command="Menú", description="Menú")])
