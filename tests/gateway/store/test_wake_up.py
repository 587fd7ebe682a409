"""Whoever waits hears of what was put, also of what was put just before."""

import threading

from gateway.store.wake_up import WakeUp


def test_what_was_put_before_the_wait_is_not_missed() -> None:
    wake_up = WakeUp()
    seen = wake_up.count()
    wake_up.ring()
    wake_up.wait(seen, 60)
    assert wake_up.count() == seen + 1


def test_everybody_who_waits_is_woken() -> None:
    wake_up = WakeUp()
    seen = wake_up.count()
    threads = [threading.Thread(target=wake_up.wait, args=(seen, 60)) for _ in range(3)]
    for thread in threads:
        thread.start()
    wake_up.ring()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads)


def test_nobody_waits_for_ever() -> None:
    wake_up = WakeUp()
    wake_up.wait(wake_up.count(), 0.01)
    assert wake_up.count() == 0
