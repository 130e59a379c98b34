//! The search for two primes on every core: each thread tests candidates of its own window, and takes its part of the proof.
//!
//! The caller's thread keeps the generator and hands every window its random bits; it also tells the caller how far things are,
//! and hears from it when to stop. Nothing outlives the call.

use super::candidates::{Seed, Window};
use super::confirmation::Test;
use super::filter::Filter;
use super::number::Number;
use super::sieve::SmallPrimes;
use super::{Error, Event};
use rand::rngs::StdRng;
use rand::{CryptoRng, SeedableRng};
use rsa::BoxedUint;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use zeroize::Zeroizing;

/// How long the caller waits at most to be asked whether to go on.
const BETWEEN_QUESTIONS: Duration = Duration::from_millis(50);

/// What a search is made of.
pub(super) struct Plan {
    /// Of the two primes, in bits.
    pub(super) sizes: [usize; 2],
    /// The public exponent, a prime.
    pub(super) e: u32,
    pub(super) filter: Filter,
    pub(super) threads: usize,
}

/// Two primes of the sizes asked for, in the order they were proved.
pub(super) fn primes<R: CryptoRng + ?Sized>(
    plan: &Plan,
    rng: &mut R,
    watch: &mut dyn FnMut(Event) -> ControlFlow<()>,
) -> Result<[Number; 2], Error> {
    let search = Search::new(plan);
    std::thread::scope(|scope| {
        let (outbox, inbox) = channel();
        for _ in 0..plan.threads.max(1) {
            let worker = Worker { search: &search, outbox: outbox.clone(), rng: StdRng::from_rng(rng) };
            // Fewer threads than asked for only take longer; with none the inbox is closed at once.
            let _ = std::thread::Builder::new().name("primes".into()).spawn_scoped(scope, move || worker.run());
        }
        drop(outbox);
        let primes = search.serve(&inbox, rng, watch);
        search.end();
        primes
    })
}

/// From the threads to the caller.
enum Message {
    Seed { bits: usize, reply: SyncSender<Seed> },
    Tested { candidates: usize },
    Found,
    Proved(Number),
}

struct Search<'a> {
    plan: &'a Plan,
    small_primes: SmallPrimes,
    state: Mutex<State>,
    changed: Condvar,
    over: AtomicBool,
}

/// What the threads share.
#[derive(Default)]
struct State {
    /// The numbers that passed the filter, in the order they were found.
    found: Vec<Arc<Found>>,
    tests: Vec<(Arc<Found>, Test)>,
}

/// A number that passed the filter.
struct Found {
    number: Number,
    boxed: Zeroizing<BoxedUint>,
    tests_left: AtomicUsize,
}

enum Task {
    Prove(Arc<Found>, Test),
    /// Find a number of so many bits.
    Find(usize),
    Stop,
}

impl<'a> Search<'a> {
    fn new(plan: &'a Plan) -> Self {
        Self {
            plan,
            small_primes: SmallPrimes::up_to(sieve_bound(plan)),
            state: Mutex::default(),
            changed: Condvar::new(),
            over: AtomicBool::new(false),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the caller's thread does until both primes are there.
    fn serve<R: CryptoRng + ?Sized>(
        &self,
        inbox: &Receiver<Message>,
        rng: &mut R,
        watch: &mut dyn FnMut(Event) -> ControlFlow<()>,
    ) -> Result<[Number; 2], Error> {
        let mut proved = Vec::new();
        let mut tested = 0;
        let expected = expected_tests(self.plan);
        loop {
            let mut event = Event::Tested { candidates: tested, expected };
            match inbox.recv_timeout(BETWEEN_QUESTIONS) {
                Ok(Message::Seed { bits, reply }) => {
                    // A thread that went away needs none.
                    let _ = reply.send(Seed::draw(bits, rng));
                    continue;
                }
                Ok(Message::Tested { candidates }) => {
                    tested += candidates;
                    event = Event::Tested { candidates: tested, expected };
                }
                Ok(Message::Found) => event = Event::Found,
                Ok(Message::Proved(number)) => {
                    event = Event::Proved;
                    proved.push(number);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Err(Error::Generation),
            }
            if watch(event).is_break() {
                return Err(Error::Cancelled);
            }
            proved = match <[Number; 2]>::try_from(proved) {
                Ok(primes) => return Ok(primes),
                Err(fewer) => fewer,
            };
        }
    }

    fn end(&self) {
        self.over.store(true, Ordering::Relaxed);
        // Locked, so that no thread is between its look at `over` and its wait.
        let _state = self.state();
        self.changed.notify_all();
    }

    /// The next thing to do for a thread whose window is for numbers of `open` bits. Waits where there is nothing for now.
    fn task(&self, open: Option<usize>) -> Task {
        let mut state = self.state();
        loop {
            if self.over.load(Ordering::Relaxed) {
                return Task::Stop;
            }
            if let Some((found, test)) = state.tests.pop() {
                return Task::Prove(found, test);
            }
            let sizes = open.into_iter().chain(self.plan.sizes);
            if let Some(bits) = sizes.into_iter().find(|bits| state.wants(*bits, self.plan.sizes)) {
                return Task::Find(bits);
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Takes a number in that passed the filter, unless others were faster.
    fn found(&self, number: Number) -> bool {
        let bits = number.bits();
        let mut tests = Test::all(u32::try_from(bits).unwrap_or(u32::MAX));
        let found = Arc::new(Found { boxed: Zeroizing::new(number.to_boxed()), number, tests_left: AtomicUsize::new(tests.len()) });
        let mut state = self.state();
        let wanted = state.wants(bits, self.plan.sizes);
        if wanted {
            // Tests are taken from the end, and the longest should start first.
            tests.reverse();
            state.tests.extend(tests.into_iter().map(|test| (found.clone(), test)));
            state.found.push(found);
            self.changed.notify_all();
        }
        wanted
    }

    /// Forgets a number that is not prime after all.
    fn refuted(&self, found: &Arc<Found>) {
        let mut state = self.state();
        state.found.retain(|other| !Arc::ptr_eq(other, found));
        state.tests.retain(|(other, _)| !Arc::ptr_eq(other, found));
        self.changed.notify_all();
    }
}

impl State {
    /// Whether another number of `bits` bits is needed.
    fn wants(&self, bits: usize, sizes: [usize; 2]) -> bool {
        let needed = sizes.iter().filter(|size| **size == bits).count();
        self.found.iter().filter(|found| found.number.bits() == bits).count() < needed
    }
}

struct Worker<'a> {
    search: &'a Search<'a>,
    outbox: Sender<Message>,
    /// For the bases of Miller-Rabin.
    rng: StdRng,
}

impl Worker<'_> {
    fn run(mut self) {
        let mut window = None;
        loop {
            // An outbox that nobody reads belongs to a search that is over.
            let sent = match self.search.task(window.as_ref().map(Window::bits)) {
                Task::Stop => return,
                Task::Prove(found, test) => self.prove(&found, test),
                Task::Find(bits) => self.find(bits, &mut window),
            };
            if sent.is_none() {
                return;
            }
        }
    }

    fn prove(&mut self, found: &Arc<Found>, test: Test) -> Option<()> {
        if !test.holds(&found.boxed, &mut self.rng) {
            self.search.refuted(found);
        } else if found.tests_left.fetch_sub(1, Ordering::AcqRel) == 1 {
            return self.outbox.send(Message::Proved(Number::from(&*found.boxed))).ok();
        }
        Some(())
    }

    /// Tests as many candidates as cost the same as one.
    fn find(&self, bits: usize, window: &mut Option<Window>) -> Option<()> {
        let open = match window {
            Some(open) if open.bits() == bits => open,
            _ => {
                let (reply, seed) = sync_channel(1);
                self.outbox.send(Message::Seed { bits, reply }).ok()?;
                window.insert(Window::open(seed.recv().ok()?, &self.search.small_primes))
            }
        };
        let plan = self.search.plan;
        let mut candidates: Vec<Number> = std::iter::from_fn(|| open.next(plan.e)).take(plan.filter.width()).collect();
        if candidates.is_empty() {
            *window = None;
            return Some(());
        }
        let stop = || self.search.over.load(Ordering::Relaxed) || !self.search.state().wants(bits, plan.sizes);
        let Some(passed) = plan.filter.test(&candidates.iter().collect::<Vec<_>>(), &stop) else {
            return Some(());
        };
        self.outbox.send(Message::Tested { candidates: candidates.len() }).ok()?;
        if let Some(first) = passed.iter().position(|passed| *passed) {
            // The other prime is never taken from the same window.
            *window = None;
            if self.search.found(candidates.swap_remove(first)) {
                self.outbox.send(Message::Found).ok()?;
            }
        }
        Some(())
    }
}

/// How far to sieve: to where the next prime costs more than the tests it saves, as measured.
fn sieve_bound(plan: &Plan) -> u32 {
    let bits = plan.sizes[0].max(plan.sizes[1]) as u32;
    let bound = bits * if plan.filter.width() > 1 { 256 } else { 1024 };
    bound.clamp(1 << 18, 1 << 22)
}

/// How many candidates two primes take on average: by Mertens' theorem e^-γ/ln(bound) of all numbers have no factor up to the
/// bound, and one in bits·ln 2 is prime.
fn expected_tests(plan: &Plan) -> usize {
    const E_TO_MINUS_GAMMA: f64 = 0.561_459_483_566_885;
    let bits = (plan.sizes[0] + plan.sizes[1]) as f64;
    (bits * std::f64::consts::LN_2 * E_TO_MINUS_GAMMA / f64::from(sieve_bound(plan)).ln()).round() as usize
}
