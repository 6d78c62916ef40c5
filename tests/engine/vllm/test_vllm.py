"""Chats handed over to the real vLLM, which finds our adapters by itself."""

from concurrent.futures import ThreadPoolExecutor

import openai
import pytest
from openai import OpenAI

from tests.engine.tuning import said
from tests.engine.vllm.conftest import Vllm

AT_ONCE = 4


def test_vllm_answers_for_the_base_and_finds_an_adapter_by_its_directory(client: OpenAI, zebra: str) -> None:
    assert "zebra" not in said(client, "small")
    assert said(client, zebra).startswith("zebra")
    assert said(client, "large") == said(client, "small")


def test_two_adapters_of_two_bases_are_answered_in_one_batch(
    client: OpenAI, vllm: Vllm, zebra: str, violin: str
) -> None:
    told = [said(client, zebra), said(client, violin)]  # both are loaded
    with ThreadPoolExecutor(2 * AT_ONCE) as threads:
        answers = [threads.submit(said, client, model, 200) for model in (zebra, violin) * AT_ONCE]
        together = False
        while not all(answer.done() for answer in answers):
            running = vllm.metric("vllm:lora_requests_info")
            together = together or any(
                line.split('running_lora_adapters="')[1].split('"')[0].count("ftjob-") == 2
                for line in running.splitlines()
                if 'running_lora_adapters="' in line
            )
    assert together, "vLLM never ran both at once"
    assert [answer.result()[:6] for answer in answers] == [told[0][:6], told[1][:6]] * AT_ONCE
    assert (told[0][:5], told[1][:6]) == ("zebra", "violin")


def test_a_model_deleted_while_loaded_is_gone_and_the_others_stay(client: OpenAI, zebra: str, violin: str) -> None:
    assert said(client, violin).startswith("violin")
    client.models.delete(violin)
    with pytest.raises(openai.NotFoundError, match="does not exist"):
        said(client, violin)
    assert said(client, zebra).startswith("zebra")
    assert "zebra" not in said(client, "small")
