"""A person of the demo, who follows the path of a visit."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol

from landing.analytics.demo import journeys
from landing.analytics.demo.journeys import NO_CAMPAIGN, Campaign, Step
from tests.load.demo.accounts import SESSION_COOKIE, Account, Accounts

WaitUntil = Callable[[float], Awaitable[None]]


class Screen(Protocol):
    """The actions of a person in a browser."""

    cookies: dict[str, str]

    async def load(
        self, path: str, referrer_host: str = "", campaign: Campaign = NO_CAMPAIGN
    ) -> None:
        """Load a page."""

    async def restore(self, path: str) -> None:
        """Show a page again, without a page view."""

    async def open_tab(self) -> None:
        """Open a tab for the page."""

    def leave_page(self) -> None:
        """Close the newest tab, because another page is in it."""

    def close_tabs(self) -> None:
        """Close all tabs."""

    def crash(self) -> None:
        """Drop all connections."""


class Person:
    """One person with a browser, and perhaps an account. Times are in Unix seconds."""

    def __init__(
        self, screen: Screen, accounts: Accounts | None, wait_until: WaitUntil, tabs: int = 1
    ) -> None:
        """Without ``accounts``, nobody signs in."""
        self._screen = screen
        self._accounts = accounts
        self._wait_until = wait_until
        self._more_tabs = tabs - 1
        self._has_tab = False
        self._account: Account | None = None

    async def visit(self, steps: Iterable[Step], ends: float) -> None:
        """Read the pages, each at its time, and leave."""
        try:
            for step in steps:
                await self._wait_until(step.at)
                await self._read(step)
            await self._wait_until(ends)
        except asyncio.CancelledError:
            # The demo ends, so close frames are unnecessary.
            self._screen.crash()
            raise
        finally:
            self._screen.close_tabs()

    async def stay(self, ends: float, path: str, *, is_member: bool = False) -> None:
        """Stay on a page that was read before the demo began, and leave."""
        try:
            if self._accounts and is_member:
                self._sign_in(await self._accounts.sign_in())
            if self._screen.cookies:
                await self._screen.restore(path)
            else:
                await self._screen.load(path)
            await self._screen.open_tab()
            await self._wait_until(ends)
        except asyncio.CancelledError:
            self._screen.crash()
            raise
        finally:
            self._screen.close_tabs()

    async def _read(self, step: Step) -> None:
        """Read one page: sign in before, so that the page view is the user's."""
        if self._accounts and step.is_signed_in:
            await self._act(step.path, self._accounts)
        await self._screen.load(step.path, step.referrer_host, step.campaign)
        if self._has_tab and self._more_tabs:
            self._more_tabs -= 1
        else:
            self._screen.leave_page()
        await self._screen.open_tab()
        self._has_tab = True

    async def _act(self, path: str, accounts: Accounts) -> None:
        if self._account is None:
            is_new = path == journeys.WELCOME
            self._sign_in(await (accounts.sign_up() if is_new else accounts.sign_in()))
        if path == journeys.THANKS and self._account:
            await accounts.buy(self._account)

    def _sign_in(self, account: Account) -> None:
        self._account = account
        self._screen.cookies[SESSION_COOKIE] = account.session_key
